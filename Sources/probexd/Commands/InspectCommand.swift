import ArgumentParser
import Library
import Server

/// `probexd inspect`: what a checkpoint is, without asking any expert.
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a checkpoint's format, tensors, layers, declared base and metadata.")

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "checkpoint"))
  var checkpoint: String

  @OptionGroup var arguments: LibraryArguments

  @Option(
    name: .long,
    help: ArgumentHelp(
      "human, json, ndjson (one line) or tsv (the tensors).",
      discussion: "Default: human on a terminal, json in a pipe.", valueName: "format"))
  var format: OutputFormat?

  func run() throws {
    let inspection: Inspection
    do {
      inspection = try LibrarySnapshot.inspect(checkpoint, options: arguments.options)
    } catch {
      Output.complain("error: \(error)")
      throw ExitCode(ExitStatus.code(for: error))
    }
    switch format ?? (Output.isTerminal ? .human : .json) {
    case .human: for line in Self.lines(inspection) { Output.line(line) }
    case .json: Output.line(try WireText.inspection(inspection, pretty: true))
    case .ndjson: Output.line(try WireText.inspection(inspection, pretty: false))
    case .tsv:
      for tensor in inspection.tensors {
        let shape = tensor.shape.map(String.init).joined(separator: "×")
        Output.line([Sanitizer.oneLine(tensor.name), tensor.type, shape].joined(separator: "\t"))
      }
    }
  }

  private static func lines(_ inspection: Inspection) -> [String] {
    let bytes = inspection.files.reduce(0) { $0 + $1.bytes }
    var lines = [
      "\(inspection.path)",
      "format      \(inspection.format), \(inspection.files.count) file(s), \(bytes) bytes",
      "parameters  \(inspection.parameters) in \(inspection.tensors.count) tensors",
    ]
    for base in inspection.declaredBases {
      lines.append("base        \(base.model) (says \(base.source))")
    }
    lines += ["", "layers"]
    let width = inspection.layers.map(\.name.count).max() ?? 0
    for layer in inspection.layers {
      let name = layer.name + String(repeating: " ", count: width - layer.name.count)
      let lora = layer.lora.map { "  LoRA rank \($0.rank), scale \($0.scale)" } ?? ""
      lines.append("  \(name)  \(layer.rows)×\(layer.columns)  \(layer.type)\(lora)")
    }
    if !inspection.metadata.isEmpty { lines += ["", "metadata"] }
    for (name, value) in inspection.metadata {
      let shown = value.count > 100 ? value.prefix(100) + "…" : value[...]
      lines.append("  \(name): \(shown)")
    }
    return lines.map(Sanitizer.oneLine) + inspection.notes.map { "! " + Sanitizer.oneLine($0) }
  }
}
