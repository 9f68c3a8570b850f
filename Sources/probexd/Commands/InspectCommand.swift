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
    let inspection = try Output.orExit { () throws(LibraryError) in
      try LibrarySnapshot.inspect(checkpoint, options: arguments.options)
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
      lines.append("base        \(base.model) (\(base.source) says so)")
    }
    lines += section(
      "layers",
      inspection.layers.map { layer in
        let lora = layer.lora.map { ["LoRA rank \($0.rank), scale \($0.scale)"] } ?? []
        return [layer.name, "\(layer.rows)×\(layer.columns)", layer.type] + lora
      })
    let used = Set(inspection.layers.flatMap(\.tensorNames))
    lines += section(
      "other tensors",
      inspection.tensors.filter { !used.contains($0.name) }.map { tensor in
        let shape = tensor.shape.map(String.init).joined(separator: "×")
        return [tensor.name, shape.isEmpty ? "scalar" : shape, tensor.type]
      })
    lines += section(
      "metadata",
      inspection.metadata.map { name, value in
        [name, value.count > 100 ? value.prefix(100) + "…" : value]
      })
    return lines.map(Sanitizer.oneLine) + inspection.notes.map { "! " + Sanitizer.oneLine($0) }
  }

  /// A heading and rows whose columns stand below each other; nothing when there are no rows.
  private static func section(_ title: String, _ rows: [[String]]) -> [String] {
    guard let columns = rows.map(\.count).max() else { return [] }
    let widths = (0..<columns).map { column in
      rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
    }
    let lines = rows.map { row in
      let cells = row.enumerated().map { column, text in
        // The last cell of a row needs no filling.
        column == row.count - 1
          ? text : text + String(repeating: " ", count: widths[column] - text.count)
      }
      return "  " + cells.joined(separator: "  ")
    }
    return ["", title] + lines
  }
}
