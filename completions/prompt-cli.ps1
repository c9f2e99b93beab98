Register-ArgumentCompleter -Native -CommandName prompt-cli -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $Env:_PROMPT_CLI_COMPLETE = "complete_fish"
    $Env:_TYPER_COMPLETE_FISH_ACTION = "get-args"
    $Env:_TYPER_COMPLETE_ARGS = $commandAst.ToString() + $(if ($wordToComplete) { "" } else { " " })
    prompt-cli 2>$null | Where-Object { $_ } | ForEach-Object {
        $value, $title = $_ -split "`t", 2
        $text = if ($value -match "^[\w./@:=-]+$") { $value } else { "'" + $value.Replace("'", "''") + "'" }
        if (-not $title) { $title = $value }
        [System.Management.Automation.CompletionResult]::new($text, $value, "ParameterValue", $title)
    }
    Remove-Item Env:_PROMPT_CLI_COMPLETE, Env:_TYPER_COMPLETE_FISH_ACTION, Env:_TYPER_COMPLETE_ARGS
}
