#!/bin/sh
# Creates the virtual environment, or prints what is missing: venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2

give_up() {
    echo "Fyr needs Python 3.11 or newer with pip and venv. $1" >&2
    exit 1
}

command -v "$python" > /dev/null 2>&1 ||
    give_up "There is no '$python' here: install it (Debian: apt-get install python3 python3-venv), or name another: make PYTHON=/path/to/python3 ..."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    give_up "'$python' is $("$python" --version 2>&1): name a newer one: make PYTHON=python3.12 ..."
"$python" -c 'import ensurepip, venv' 2> /dev/null ||
    give_up "'$python' has no venv or no ensurepip: install them (Debian: apt-get install python3-venv)."
# --clear removes the incomplete environment of an interrupted run, with its stamp files.
"$python" -m venv --clear "$folder" ||
    give_up "Making the environment failed (see above)."
