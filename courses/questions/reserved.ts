/** Variables that decide what programs do. None of them may hold what a user has written. */
const names = new Set([
  ...['PATH', 'HOME', 'SHELL', 'ENV', 'BASH_ENV', 'IFS', 'PS4', 'PROMPT_COMMAND', 'USER', 'LOGNAME', 'PWD', 'OLDPWD'],
  ...['TMPDIR', 'EDITOR', 'VISUAL', 'PAGER', 'BROWSER', 'LESSOPEN', 'NODE_OPTIONS', 'NODE_PATH', 'RUBYOPT', 'RUBYLIB'],
  ...[
    'PERL5OPT',
    'PERL5LIB',
    'PERLLIB',
    'R_PROFILE',
    'R_ENVIRON',
    'R_HOME',
    'R_LIBS',
    'JAVA_TOOL_OPTIONS',
    'CLASSPATH',
  ],
  ...['_JAVA_OPTIONS', 'JDK_JAVA_OPTIONS', 'MAKEFLAGS', 'LUA_INIT', 'GCONV_PATH', 'OPENSSL_CONF', 'SSL_CERT_FILE'],
  // The scripts with which Jupyter's own images start, in part as root.
  ...['GRANT_SUDO', 'CHOWN_HOME', 'CHOWN_HOME_OPTS', 'CHOWN_EXTRA', 'CHOWN_EXTRA_OPTS', 'RESTARTABLE', 'GEN_CERT'],
  ...['DOCKER_STACKS_JUPYTER_CMD', 'NOTEBOOK_ARGS'],
])

const beginnings =
  /^(LD_|DYLD_|PYTHON|IPYTHON|JUPYTER|JPY_|NB_|CONDA|MAMBA|VIRTUAL_ENV|PIP_|UV_|GIT_|SSH_|XDG_|BASH_|CARREL|KUBERNETES)/

/** Returns whether a variable is one of these. Some programs read theirs in small letters too. */
export function reservedVariable(name: string): boolean {
  const known = name.toUpperCase()
  return names.has(known) || beginnings.test(known)
}
