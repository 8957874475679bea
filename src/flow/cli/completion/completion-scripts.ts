// What a shell sources. Each asks `flow __complete LINE` (complete.ts) and fits the answer to its shell.

/**
 * bash splits words at `=`, `@` and `:`: what it has split off is taken from the candidates again. It
 * quotes candidates only where they are files, and has closed a quote that a person opened by itself.
 */
const bash = `# flow's completion for bash 4 and newer: eval "$(flow completion bash)"
_flow_complete() {
  local line=\${COMP_LINE:0:COMP_POINT} directive text
  local word=\${line##*[[:space:]]}
  local head=
  [[ $word == *"$2" ]] && head=\${word%"$2"}
  COMPREPLY=()
  {
    IFS= read -r directive
    while IFS=$'\\t' read -r text _; do
      text=\${text#"$head"}
      [[ \${COMP_WORDS[COMP_CWORD]} == [\\"\\']* || $text != *[!A-Za-z0-9_.,:=@%+/~-]* ]] || printf -v text %q "$text"
      COMPREPLY+=("$text")
    done
  } < <("$1" __complete "$line" 2>/dev/null)
  [[ $directive == *nospace* ]] && compopt -o nospace
  [[ $directive == *files* && \${#COMPREPLY[@]} -eq 0 ]] && compopt -o default
  return 0
}
complete -F _flow_complete flow
`;

const zsh = `#compdef flow
# flow's completion for zsh: eval "$(flow completion zsh)" after compinit, or as _flow in fpath
_flow() {
  local line="\${(j: :)words[1,CURRENT-1]} $PREFIX" directive entry
  local -a lines texts shown
  lines=("\${(@f)$(\${words[1]} __complete "$line" 2>/dev/null)}")
  directive=$lines[1]
  for entry in \${lines[2,-1]}; do
    texts+=("\${entry%%$'\\t'*}")
    shown+=("\${entry/$'\\t'/  }")
  done
  if [[ $directive == *nospace* ]]; then
    compadd -l -S '' -d shown -a texts
  elif (( $#texts )); then
    compadd -l -d shown -a texts
  fi
  [[ $directive == *files* ]] && _files
  return 0
}
if [[ $funcstack[1] == _flow ]]; then _flow "$@"; else compdef _flow flow; fi
`;

const fish = `# flow's completion for fish: flow completion fish | source
function __flow_complete
    set -l out (flow __complete (commandline -cp | string collect) 2>/dev/null)
    printf '%s\\n' $out[2..-1]
    string match -q '*files*' -- $out[1]; and __fish_complete_path (commandline -ct)
end
complete -c flow -f -a '(__flow_complete)'
`;

export const completionScripts: Readonly<Record<'bash' | 'zsh' | 'fish', string>> = {
  bash,
  zsh,
  fish,
};
