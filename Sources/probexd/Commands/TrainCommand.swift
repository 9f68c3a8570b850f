import ArgumentParser
import Library
import Server

/// `probexd train`: from a folder of labelled models to an expert.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a ProbeX expert on a folder of labelled models.",
    discussion: """
      A zoo is a folder with the splits train, val and test, each with one folder or file per \
      model, labels in the files' header metadata; or a .csv or .jsonl file with a path and labels \
      in each line. The epoch that does best on val is kept; test chooses nothing.
      """)

  @Argument(help: ArgumentHelp("The zoo.", valueName: "zoo"))
  var zoo: String

  @Option(name: .long, help: ArgumentHelp("categories or text.", valueName: "kind"))
  var kind: TrainingKind

  @Option(name: .long, help: "The layer that the expert reads.")
  var layer: String

  @Option(name: .long, help: "The header entry or column that holds the labels.")
  var labelKey: String = "dataset_chosen_targets"

  @Option(
    name: .long,
    help: ArgumentHelp("The text table that embeds the labels (text).", valueName: "table"))
  var texts: String?

  @Option(name: .long, help: "What cosines are divided by before the softmax (text).")
  var temperature: Double = 1

  @Option(name: .long, help: "Name of the Model Tree; default: from the base the models declare.")
  var tree: String?

  @Option(name: .long, help: "Decides every random choice.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "Passes over the models; default: 200 (categories), 100 (text).")
  var epochs: Int?

  @Option(name: .long, help: "Models of one step.")
  var batch: Int = 128

  @Option(name: .long, help: "Probes, and projected rows.")
  var probes: Int = 128

  @Option(name: .long, help: "Numbers of a representation.")
  var representation: Int = 128

  @Option(name: .long, help: "Learning rate; default: 0.001 (categories), 0.002 (text).")
  var rate: Double?

  @Option(name: .long, help: "Weight decay; default: 0.00001 (categories), 0 (text).")
  var weightDecay: Double?

  @Option(name: .long, help: "1 or 2; the expert is the same.")
  var threads: Int = 2

  @Flag(name: .long, help: "No progress on standard error.")
  var quiet = false

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "file"))
  var output: String

  func validate() throws {
    guard (kind == .text) == (texts != nil) else {
      throw ValidationError("--kind text needs --texts, --kind categories has none.")
    }
    guard (1...2).contains(threads), batch > 0, probes > 0, representation > 0,
      (epochs ?? 1) > 0, (rate ?? 1) > 0, (weightDecay ?? 0) >= 0, temperature > 0
    else {
      throw ValidationError(
        "--threads is 1 or 2; sizes, --epochs, --rate and --temperature are positive.")
    }
  }

  func run() throws {
    NumericFacts.prepare()
    var request = TrainingRequest(
      zoo: zoo, kind: texts.map { .text(table: $0, temperature: temperature) } ?? .categories,
      layer: layer, labelKey: labelKey, output: output)
    request.tree = tree
    request.seed = seed
    request.epochs = epochs ?? request.epochs
    request.batch = batch
    request.probes = probes
    request.representation = representation
    request.rate = rate ?? request.rate
    request.weightDecay = weightDecay ?? request.weightDecay
    request.threads = threads
    let options = LibraryOptions(
      directory: Environment.directory,
      hubCache: LibraryOptions.hubCache(environment: Environment.hubVariables))
    var meter = TrainingMeter(isQuiet: quiet)
    do {
      let report = try ExpertTraining.run(request, options: options, step: { meter.show($0) })
      meter.end()
      for line in report.skipped { Output.complain("warning: left out: \(line)") }
      for split in ["train", "val", "test"] {
        guard let count = report.models[split], let accuracy = report.accuracy[split] else {
          continue
        }
        Output.line("\(split)\t\(count) models\taccuracy \(Self.rounded(accuracy))")
      }
      Output.line("wrote \(report.path): \(report.labels) labels, best epoch \(report.bestEpoch)")
    } catch {
      meter.end()
      Output.complain("error: \(error)")
      throw ExitCode(ExitStatus.code(for: error))
    }
  }

  static func rounded(_ share: Double) -> Double { (share * 10_000).rounded() / 10_000 }
}

/// Which answers an expert gives.
enum TrainingKind: String, ExpressibleByArgument, CaseIterable {
  case categories
  case text
}

/// Progress on standard error: one line that is written over on a terminal, a line for every tenth
/// of the epochs otherwise.
struct TrainingMeter {
  let isQuiet: Bool
  private var isOpen = false

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  mutating func show(_ step: TrainingStep) {
    guard !isQuiet else { return }
    switch step {
    case .zoo(let done, let total): line("reading headers \(done) of \(total)", done, total)
    case .layers(let done, let total): line("reading layers \(done) of \(total)", done, total)
    case .epoch(let done, let total, let loss, let accuracy, let best):
      let numbers = [loss, accuracy, best].map { "\(TrainCommand.rounded($0))" }
      line(
        "epoch \(done) of \(total)  loss \(numbers[0])  val \(numbers[1])  best \(numbers[2])",
        done, total)
    }
  }

  private mutating func line(_ text: String, _ done: Int, _ total: Int) {
    if Output.errorIsTerminal {
      Output.partial("\r\u{1B}[K\(text)")
      isOpen = true
    } else if done == total || done % max(1, total / 10) == 0 {
      Output.problem(text)
    }
  }

  /// Leaves the line that is written over.
  mutating func end() {
    if isOpen { Output.partial("\n") }
    isOpen = false
  }
}
