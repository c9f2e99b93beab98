// Reads documents, a JSON array of texts, by npm's yaml, found at argv[2]; prints the data of each as JSON, null for an error.
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const { parseAllDocuments } = (await import(pathToFileURL(`${process.argv[2]}/dist/index.js`))).default

const read = (text) => {
  const documents = parseAllDocuments(text, { version: '1.2', schema: 'core', logLevel: 'silent', prettyErrors: false })
  if (documents.length !== 1 || documents[0].errors.length > 0) return null
  try {
    return JSON.stringify([documents[0].toJS({ maxAliasCount: 1000 })])
  } catch {
    return null
  }
}
console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(read)))
