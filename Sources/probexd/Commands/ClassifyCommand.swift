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
    help: ArgumentHelp("Ask about these labels only, separated by commas.", valueName: "a,b,…"))
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
    let results: [Result<Classification, LibraryError>]
    do {
      results = try snapshot.classify(checkpoints, options)
    } catch {
      Output.complain("error: \(error)")
      throw ExitCode(ExitStatus.code(for: error))
    }
    try show(results)
    let failed = results.contains { result in
      if case .failure = result { true } else { false }
    }
    if failed { throw ExitCode(ExitStatus.someFailed) }
  }

  private var options: ClassifyOptions {
    ClassifyOptions(
      expert: expert, table: table,
      labels: labels.map { $0.split(separator: ",").map { Self.trimmed(String($0)) } },
      top: top, threshold: threshold)
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
        for line in Self.tabbed(name, result) { Output.line(line) }
      }
    }
  }

  /// `checkpoint expert tree label score decision`, or `checkpoint error kind problem`.
  private static func tabbed(
    _ name: String, _ result: Result<Classification, LibraryError>
  ) -> [String] {
    func row(_ fields: [String]) -> String {
      fields.map(Sanitizer.oneLine).joined(separator: "\t")
    }
    switch result {
    case .success(let answer):
      return answer.labels.map { label in
        row([
          name, answer.expert, answer.tree, label.label, label.score.description,
          label.decision.map { $0 ? "yes" : "no" } ?? "",
        ])
      }
    case .failure(let error):
      return [row([name, "error", error.kind.rawValue, error.problem])]
    }
  }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
