"""How right experts are: every method on every tree of the zoo, over several seeds.

    PROBEXD_ZOO=… PROBEXD_REFERENCE=… python accuracy.py [--seeds 5] [--quick] [--write]

The figures are those of `probexd compare`, which trains with fixed seeds: two runs on one machine
give the same accuracies. `--quick` trains little, to see that it runs.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
BEGIN, END = "<!-- accuracy: begin -->", "<!-- accuracy: end -->"


def binary() -> str:
    """The release binary."""
    folder = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], check=True, capture_output=True,
        text=True, cwd=HERE.parent.parent,
    ).stdout.strip()
    return folder + "/probexd"


def compare(probexd: str, zoo: pathlib.Path, *arguments: str) -> str:
    """One table of the command, as it prints it."""
    return subprocess.run(
        [probexd, "compare", str(zoo), "--quiet", *arguments], check=True, text=True,
        stdout=subprocess.PIPE,
    ).stdout.strip()


def tables(probexd: str, zoo: pathlib.Path, reference: pathlib.Path, options) -> list[str]:
    """All sections, in Markdown."""
    seeds = ["--seeds", str(options.seeds)]
    epochs = ["--epochs", "3"] if options.quick else []
    views = ["--epochs", "3" if options.quick else "60", "--probes", "32"]
    sections = []
    for tree in ("vit-sup-a", "vit-sup-b", "vit-mae"):
        sections.append(f"### {tree}: which 5 of 10 classes")
        sections.append(
            compare(
                probexd, zoo / tree, *seeds, *epochs,
                "--methods", "dense,statnn,ridge,probex,probex+centre,best",
            )
        )
        sections.append("MVProbe with 32 probes, 60 epochs:")
        sections.append(
            compare(
                probexd, zoo / tree, *seeds, *views, "--methods", "mvprobe,mvprobe+centre",
                "--layer", "layer.3.intermediate",
            )
        )
    topics = zoo / "lora-topics"
    facts = json.loads((reference / "lora-topics" / "facts.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        held = pathlib.Path(folder) / "held.json"
        held.write_text(json.dumps(facts["labels"]["held"]), encoding="utf-8")
        glosses = str(pathlib.Path(folder) / "glosses.safetensors")
        subprocess.run([sys.executable, HERE / "prompts.py", topics, glosses], check=True)
        common = [
            *seeds, *epochs, "--kind", "text", "--label-key", "topic_name", "--candidates",
            str(held), "--texts", str(topics / "texts.safetensors"),
        ]
        closed = ["--methods", "ridge,best", "--label-folds", "4"]
        sections.append("### lora-topics: which of 160 topics; held out: which of 40")
        sections.append("One prompt for each topic, its name:")
        sections.append(compare(probexd, topics, *common, *closed))
        sections.append(compare(probexd, topics, *common, "--methods", "probex"))
        sections.append("Two prompts for each topic, its name and its gloss:")
        sections.append(compare(probexd, topics, *common, *closed, "--texts", glosses))
    sections.append("### Calibration of a network, vit-sup-a, 60 epochs")
    sections.append(calibration(probexd, zoo, options))
    sections.append("### How, not what: properties of the training, test split")
    sections.append(properties(probexd, zoo))
    return sections


def properties(probexd: str, zoo: pathlib.Path) -> str:
    """How a model was trained, from its weights: the test split of two trees."""
    asked = [
        ("vit-sup-a", "number", "lr"), ("vit-sup-a", "number", "train_accuracy"),
        ("vit-sup-a", "number", "steps"), ("vit-sup-a", "number", "weight_decay"),
        ("vit-sup-a", "choice", "flip"), ("lora-topics", "number", "lr"),
        ("lora-topics", "number", "loss"), ("lora-topics", "choice", "rank"),
    ]
    lines = [
        "| tree | property | kind | R², or accuracy | mean error | Kendall τ |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for tree, key, kind in asked:
            expert = pathlib.Path(folder) / f"{tree}-{key}.safetensors"
            common = [zoo / tree, "--label-key", key, "--quiet"]
            subprocess.run(
                [probexd, "train", *common, "--kind", kind, "-o", expert], check=True,
                stdout=subprocess.DEVNULL,
            )
            report = json.loads(
                subprocess.run(
                    [probexd, "evaluate", expert, *common, "--format", "json"], check=True,
                    capture_output=True, text=True,
                ).stdout
            )
            test = next(split for split in report["splits"] if split["split"] == "test")
            error, tau = test.get("absoluteError"), test.get("rankCorrelation")
            cells = [tree, key, kind, f"{test['accuracy']:.3f}"]
            cells += ["–" if value is None else f"{value:.2g}" for value in (error, tau)]
            lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def calibration(probexd: str, zoo: pathlib.Path, options) -> str:
    """What Platt scaling on the validation models does to the published network's probabilities."""
    common = [
        "--methods", "probex+centre", "--seeds", str(options.seeds), "--epochs",
        "3" if options.quick else "60",
    ]
    return "\n\n".join(
        f"{title}:\n\n{compare(probexd, zoo / 'vit-sup-a', *common, *more)}"
        for title, more in (("As trained", ["--no-calibration"]), ("Calibrated", []))
    )


def main() -> None:
    """Prints the tables, or writes them into the README."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    zoo, reference = os.environ.get("PROBEXD_ZOO"), os.environ.get("PROBEXD_REFERENCE")
    if not zoo or not reference:
        print("skipped: PROBEXD_ZOO and PROBEXD_REFERENCE do not say where the zoo lies")
        return
    if options.quick:
        options.seeds = 2
    sections = tables(binary(), pathlib.Path(zoo), pathlib.Path(reference), options)
    report = f"Taken {time.strftime('%Y-%m-%d')}.\n\n" + "\n\n".join(sections)
    if not options.write:
        print(report)
        return
    page = HERE / "ACCURACY.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    page.write_text(
        before + BEGIN + "\n" + report + "\n" + END + rest.split(END)[1], encoding="utf-8"
    )


if __name__ == "__main__":
    main()
