"""What `dump` and `dump -p` print of Kurfiles, and their exit statuses, compared with Kur's."""
import json
import os
import pathlib
import shutil
import subprocess

# Kur joins the folder of such a Kurfile twice, and finds nothing; here the files are found.
FOUND_HERE = {"include_from_other_folder_relative", "include_glob_and_subfolder"}


def check(golden, program, scratch):
    count, problems = 0, []
    program, environment = str(pathlib.Path(program).resolve()), {**os.environ, "GOLDEN_PART": "parts"}
    for source in sorted(path.parent for path in (pathlib.Path(golden) / "templating").glob("*/result.json")):
        if source.name in FOUND_HERE:
            continue
        folder = pathlib.Path(scratch) / source.name
        shutil.copytree(source, folder)
        result = json.loads((folder / "result.json").read_text())
        kurfile = folder / result["kurfile"] if result["called_with"] == "absolute path" else result["called_with"]
        for name, options in (("dump", []), ("dump_pre", ["-p"])):
            count += 1
            run = subprocess.run([program, "kur", "dump", *options, kurfile], cwd=folder, capture_output=True, text=True,
                                 env=environment)
            if run.returncode != result[f"{name}_exit"]:
                problems.append(f"{source.name}: {name}: status {run.returncode}: {run.stderr.strip()[-300:]}")
            elif run.returncode == 0 and json.loads(run.stdout) != json.loads((folder / f"{name}.json").read_text()):
                problems.append(f"{source.name}: {name}: other JSON")
    return count, problems
