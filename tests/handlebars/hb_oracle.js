// Renders one case a line with handlebars.js: {template, context, partials, data, options, helpers} as JSON on standard
// input gives {output} or {error} on standard output.
"use strict";

const readline = require("node:readline");
const Handlebars = require(process.argv[2]);

// The helpers cases may ask for; the same are in hb_helpers.py.
const HELPERS = {
  join: (...args) => {
    const options = args.pop();
    return args.join(options.hash.separator ?? ",");
  },
  list: (...args) => args.slice(0, -1),
  object: (...args) => args.pop().hash,
  upper: (value) => String(value).toUpperCase(),
  bold: (value) => new Handlebars.SafeString(`<b>${value}</b>`),
  twice: function (...args) {
    const options = args.pop();
    return options.fn(this) + options.fn(this);
  },
  inside: (...args) => {
    const options = args.pop();
    return options.fn(args[0]);
  },
  nameOf: (...args) => args.pop().name,
};

function render(line) {
  const { template, context, partials, data, options, helpers } = JSON.parse(line);
  const environment = Handlebars.create();
  environment.log = () => undefined;
  for (const name of helpers ?? []) {
    environment.registerHelper(name, HELPERS[name]);
  }
  for (const [name, partial] of Object.entries(partials ?? {})) {
    environment.registerPartial(name, partial);
  }
  const compiled = environment.compile(template, options ?? {});
  return compiled(context, data === undefined ? {} : { data });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  let answer;
  try {
    answer = { output: render(line) };
  } catch (error) {
    answer = { error: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
