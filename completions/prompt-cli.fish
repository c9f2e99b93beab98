function __prompt_cli_complete
    set -l token (commandline -ct)
    set -l line (commandline -cp | string collect)
    set -l option (string replace -rf -- '^(--[^=]+=).*' '$1' "$token")
    set -l lines (env _PROMPT_CLI_COMPLETE=complete_fish _TYPER_COMPLETE_FISH_ACTION=get-args \
        _TYPER_COMPLETE_ARGS="$line" prompt-cli 2>/dev/null | string match -v '')
    if test (count $lines) -gt 0
        printf '%s\n' "$option"$lines
    else
        set -l before (string match -r -- '^.*=' "$token") # NAME= or --option=
        for path in (__fish_complete_path (string replace -r -- '^.*=' '' "$token"))
            printf '%s%s\n' "$before" $path
        end
    end
end

complete --command prompt-cli --no-files --keep-order --arguments '(__prompt_cli_complete)'
