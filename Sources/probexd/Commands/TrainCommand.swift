import ArgumentParser
import Library
import Server

/// `probexd train`: from a folder of labelled models to an expert.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an expert on a folder of labelled models.",
    discussion: """
      A zoo is a folder with the splits train, val and test, each with one folder or file per \
      model, labels in the files' header metadata; or a .csv or .jsonl file with a path and labels \
      in each line. val chooses what is kept; test chooses nothing.
      Kinds: categories (yes or no for each label), text (which text of a table), choice (exactly \
      one label), number.
      """)

  @Argument(help: ArgumentHelp("The zoo.", valueName: "zoo"))
  var zoo: String

  @OptionGroup var arguments: TrainingArguments

  @OptionGroup var resources: ResourceArguments

  @Option(
    name: .long,
    help: ArgumentHelp("How the layers are read.", valueName: "method"))
  var method: TrainingRequest.Method = .best

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Name of the Model Tree; default: from the base the models declare.", valueName: "name"))
  var tree: String?

  @Flag(
    name: .long,
    help: ArgumentHelp(
      "Train an expert on every layer and rank them on the validation models.",
      discussion: "They go into the folder --output, by default NAME.sweep here; a sweep that was "
        + "interrupted goes on where it was."))
  var sweep = false

  @Flag(name: .long, help: "No progress on standard error.")
  var quiet = false

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Where to write; with --sweep a folder.", valueName: "file"))
  var output: String?

  func validate() throws {
    guard sweep || output != nil else {
      throw ValidationError("Name the expert's file with --output, or ask for a --sweep.")
    }
  }

  func run() throws {
    NumericFacts.prepare()
    var request = arguments.request(zoo: zoo, method: method, output: output ?? "")
    request.tree = tree
    if sweep { return try runSweep(request) }
    let (trained, resources) = (request, trainingResources)
    let report = try Metered.run(isQuiet: quiet) { meter throws(LibraryError) in
      try ExpertTraining.run(
        trained, options: Environment.libraryOptions, resources: resources, step: meter.show)
    }
    for line in report.skipped { Output.complain("warning: left out: \(line)") }
    for line in TrainingTable.lines(report) { Output.line(line) }
  }

  private var trainingResources: TrainingResources {
    let isQuiet = quiet
    return resources.resources { path, epochs in
      guard !isQuiet else { return }
      TrainingMeter.interject("going on from \(path): \(epochs) epochs are done")
    }
  }

  private func runSweep(_ request: TrainingRequest) throws {
    let name = zoo.split(separator: "/").last.map(String.init) ?? "zoo"
    let folder = output ?? "\(name).sweep"
    let resources = trainingResources
    let report = try Metered.run(isQuiet: quiet) { meter throws(LibraryError) in
      try LayerSweep.run(
        request, into: folder, options: Environment.libraryOptions, resources: resources,
        started: { layer, before, total in
          meter.announce("layer \(before + 1) of \(total): \(layer)")
        }, step: meter.show)
    }
    for failure in report.failures {
      Output.complain("warning: \(failure.layer) was left out: \(failure.error)")
    }
    for line in TrainingTable.lines(report) { Output.line(line) }
    guard !report.rows.isEmpty else { throw ExitCode(ExitStatus.badData) }
  }
}
