import ArgumentParser
import Library
import Server

/// `probexd classify`: what checkpoints were trained on.
struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify",
    abstract: "Say what checkpoints were trained on.",
    discussion: """
      A checkpoint is a .safetensors file, a folder with one, a PEFT adapter folder, a sharded \
      folder, a folder of a Hub cache, or a Hub id org/name[@revision] in the local cache.
      Exits 1 when some checkpoints could not be answered; the others are printed all the same.
      """)

  @Argument(help: ArgumentHelp("Checkpoints to ask about.", valueName: "checkpoint"))
  var checkpoints: [String]

  @OptionGroup var arguments: LibraryArguments

  @Option(name: .long, help: "Ask this expert instead of the best fitting one.")
  var expert: String?

  @Option(name: .long, help: "Answer over this text table (text experts).")
  var table: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Ask about these labels only, separated by commas; or a JSON list.", valueName: "a,b,…"))
  var labels: String?

  @Option(name: .long, help: ArgumentHelp("Show at most so many labels.", valueName: "n"))
  var top: Int?

  @Option(
    name: .long,
    help: ArgumentHelp("Say yes above this probability (category experts).", valueName: "p"))
  var threshold: Double?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "human, json, ndjson or tsv.",
      discussion: "Default: human on a terminal, tsv in a pipe.", valueName: "format"))
  var format: OutputFormat?

  @Option(name: .long, help: ArgumentHelp("auto, always or never.", valueName: "when"))
  var color: ColorChoice = .auto

  func run() throws {
    let snapshot = try arguments.load()
    let results = try Output.orExit { () throws(LibraryError) in
      try snapshot.classify(checkpoints, try options())
    }
    try show(results)
    let failed = results.contains { result in
      if case .failure = result { true } else { false }
    }
    if failed { throw ExitCode(ExitStatus.someFailed) }
  }

  private func options() throws(LibraryError) -> ClassifyOptions {
    var options = ClassifyOptions(expert: expert, table: table, top: top, threshold: threshold)
    if let labels { options.labels = try LabelList.typed(labels) }
    return options
  }

  private func show(_ results: [Result<Classification, LibraryError>]) throws {
    switch format ?? (Output.isTerminal ? .human : .tsv) {
    case .human:
      let table = ClassificationTable(colors: Output.colors(color))
      for line in table.lines(checkpoints, results) { Output.line(line) }
    case .json:
      Output.line(try WireText.classifications(checkpoints, results, pretty: true))
    case .ndjson:
      for (name, result) in zip(checkpoints, results) {
        Output.line(try WireText.classification(name, result))
      }
    case .tsv:
      for (name, result) in zip(checkpoints, results) {
        for line in ClassificationRows.lines(name, result) { Output.line(line) }
      }
    }
  }
}
