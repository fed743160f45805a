#!/bin/sh
# The verbs of `workbench`. In a container 127.0.0.1 is the container's own: lab and serve listen on
# all its addresses, of which `docker run --publish` says who reaches them. Options that are given
# come later and win, as `--host 127.0.0.1` under `--network host`.
set -eu
verb="${1:-lab}"
[ "$#" -eq 0 ] || shift
case "$verb" in
    lab) exec workbench lab --host 0.0.0.0 --no-browser "$@" ;;
    serve) exec workbench serve --host 0.0.0.0 "$@" ;;
    *) exec workbench "$verb" "$@" ;;
esac
