import ArgumentParser
import Library
import Server

/// `probexd compare`: which method reads a zoo best.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train several methods on a zoo and compare them on models that none has seen.",
    discussion: """
      Methods: \(ComparedMethod.allCases.map(\.rawValue).joined(separator: ", ")). Those that read \
      one layer read --layer, or the one that “best” chooses. Accuracies are means over the \
      seeds with their standard deviation; differences from “best” come with the interval that \
      holds them in 95 of 100 resamples of the models.
      """)

  @Argument(help: ArgumentHelp("The zoo.", valueName: "zoo"))
  var zoo: String

  @OptionGroup var arguments: TrainingArguments

  @Option(
    name: .long, help: ArgumentHelp("Methods, separated by commas.", valueName: "a,b,…"))
  var methods: String = "dense,statnn,ridge,probex,mvprobe,best"

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How often each method is trained, with --seed and the seeds after it.", valueName: "n"))
  var seeds: Int = 3

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What held-out models are chosen from (text), as in `probexd evaluate`.", valueName: "file"))
  var candidates: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also hold out the labels of the training models in so many folds (text).",
      discussion: "Each fold's models choose from its labels; 0 for none.", valueName: "n"))
  var labelFolds: Int = 0

  @Option(name: .long, help: ArgumentHelp("How it is printed.", valueName: "format"))
  var format: ReportFormat = .human

  @Flag(name: .long, help: "No progress on standard error.")
  var quiet = false

  func validate() throws {
    guard seeds > 0 else { throw ValidationError("--seeds is positive.") }
    guard labelFolds == 0 || labelFolds > 1 && arguments.kind == .text else {
      throw ValidationError("--label-folds is at least 2, and for --kind text.")
    }
    guard candidates == nil || arguments.kind == .text else {
      throw ValidationError("--candidates is for --kind text.")
    }
    guard let parsedMethods else {
      let names = ComparedMethod.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--methods has an unknown one; there are \(names).")
    }
    guard Set(parsedMethods).count == parsedMethods.count else {
      throw ValidationError("--methods names one twice.")
    }
  }

  private var parsedMethods: [ComparedMethod]? {
    let names = methods.split(separator: ",").map(String.init)
    let known = names.compactMap(ComparedMethod.init(rawValue:))
    return known.count == names.count && !known.isEmpty ? known : nil
  }

  func run() throws {
    NumericFacts.prepare()
    var request = ComparisonRequest(
      training: arguments.request(zoo: zoo, method: .best, output: ""),
      methods: parsedMethods ?? [], seeds: seeds)
    request.labelFolds = labelFolds
    if let candidates {
      request.candidates = try Output.orExit { () throws(LibraryError) in
        try LabelList.read(candidates)
      }
    }
    request.rate = arguments.rate
    let asked = request
    let report = try Metered.run(isQuiet: quiet) { meter throws(LibraryError) in
      try MethodComparison.run(
        asked, options: Environment.libraryOptions, clock: SystemCalls.seconds,
        started: { meter.announce("\($0.rawValue), seed \($1)") }, step: meter.show)
    }
    switch format {
    case .human:
      for line in ComparisonTable.lines(report, kind: arguments.kind.rawValue) { Output.line(line) }
    case .json: Output.line(try ReportText.comparison(report))
    }
  }
}
