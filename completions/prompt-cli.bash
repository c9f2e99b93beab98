_prompt_cli_completion() {
    local line=${COMP_LINE:0:COMP_POINT} head= typed quote value title
    typed=${line##*[[:space:]]}
    case ${COMP_WORDS[COMP_CWORD]} in
        [\"\']*) quote=${COMP_WORDS[COMP_CWORD]:0:1} ;;
        *\\*) ;;
        *) head=${typed%"${typed##*[$COMP_WORDBREAKS]}"} ;; # what Readline leaves as it is; it replaces an @
    esac
    head=${head%@}
    [[ $head == --*=* ]] && head=${head#--*=}
    COMPREPLY=()
    compopt -o nosort 2>/dev/null
    while IFS=$'\t' read -r value title; do
        [[ -n $value ]] || continue
        [[ $value == *= ]] && compopt -o nospace 2>/dev/null
        value=${value#"$head"}
        case $quote in
            \') [[ $value == *\'* ]] && continue ;;
            \") [[ $value == *[\"\$\`\\!]* ]] && continue ;;
            *) printf -v value %q "$value" && value=${value//\\,/,} ;; # braces are quoted: a comma is harmless
        esac
        COMPREPLY+=("$value")
    done < <(
        _PROMPT_CLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args _TYPER_COMPLETE_ARGS=$line \
            command prompt-cli 2>/dev/null
    )
}

complete -o default -F _prompt_cli_completion prompt-cli
