import ArgumentParser
import Library
import Server

/// `probexd evaluate`: how right an expert is.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judge an expert on models whose answers are known.",
    discussion: """
      For every split of the zoo: accuracy, calibration error, how often the expert abstains and \
      errs, and each label. Models of the splits val_holdout and test_holdout have labels that \
      training never saw: zero-shot.
      """)

  @Argument(help: ArgumentHelp("The expert's file.", valueName: "expert"))
  var expert: String

  @Argument(help: ArgumentHelp("The zoo.", valueName: "zoo"))
  var zoo: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The header entry or column with the labels; default: what the expert learnt.",
      valueName: "key"))
  var labelKey: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A text table that embeds the labels (text); default: the one of the expert's library.",
      valueName: "table"))
  var texts: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What held-out models are chosen from (text): a file with one label on each line, or a JSON "
        + "list; default: the labels of all held-out models.", valueName: "file"))
  var candidates: String?

  @Option(name: .long, help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: ReportFormat = .human

  @Flag(name: .long, help: "No progress on standard error.")
  var quiet = false

  func run() throws {
    NumericFacts.prepare()
    var request = EvaluationRequest(expert: expert, zoo: zoo)
    request.labelKey = labelKey
    request.texts = texts
    if let candidates {
      request.candidates = try Output.orExit { () throws(LibraryError) in
        try LabelList.read(candidates)
      }
    }
    let asked = request
    let report = try Metered.run(isQuiet: quiet) { meter throws(LibraryError) in
      try ExpertEvaluation.run(asked, options: Environment.libraryOptions, step: meter.show)
    }
    for line in report.skipped { Output.complain("warning: left out: \(line)") }
    switch format {
    case .human: for line in TrainingTable.lines(report) { Output.line(line) }
    case .json: Output.line(try ReportText.evaluation(report))
    }
  }
}

/// How reports are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case human
  case json
}

/// Work with a progress meter, whose error ends the command.
enum Metered {
  static func run<Value>(
    isQuiet: Bool, _ body: (TrainingMeter) throws(LibraryError) -> Value
  ) throws(ExitCode) -> Value {
    let meter = TrainingMeter(isQuiet: isQuiet)
    do throws(LibraryError) {
      let value = try body(meter)
      meter.end()
      return value
    } catch {
      meter.end()
      Output.complain("error: \(error)")
      throw ExitCode(ExitStatus.code(for: error))
    }
  }
}
