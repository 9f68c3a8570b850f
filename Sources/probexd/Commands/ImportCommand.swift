import ArgumentParser
import Library
import Server

/// `probexd import`: an expert of the published code becomes one that describes itself.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Make an expert of the published PyTorch code describe itself.",
    discussion: """
      The published file holds tensors only. Say what it leaves out: the layer and tree it was \
      trained on, and its labels (category experts) or its text table (text experts).
      """)

  @Argument(help: ArgumentHelp("The published expert.", valueName: "expert.safetensors"))
  var source: String

  @Option(name: .long, help: "Name of the Model Tree.")
  var tree: String

  @Option(name: .long, help: "The layer that the expert reads.")
  var layer: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Labels in the order of the outputs: a JSON list, or one label on each line.",
      valueName: "file"))
  var labels: String?

  @Option(
    name: .long,
    help: ArgumentHelp("The text table that the expert answers over.", valueName: "table"))
  var texts: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Hub id of the tree's root; may be given again.", valueName: "org/name"))
  var base: [String] = []

  @Option(name: .long, help: "Weights that it was trained on.")
  var input: InputChoice = .any

  @Option(name: .long, help: "What a layer is multiplied with before the network sees it.")
  var inputScale: Double = 1

  @Option(
    name: .long,
    help: "A LoRA's own scale (alpha / rank): apply, or ignore as the published code did.")
  var loraScale: LoRAScaleChoice = .apply

  @Option(name: .long, help: "Probability above which a category is a yes.")
  var threshold: Double = 0.5

  @Option(name: .long, help: "Softmax temperature over texts.")
  var temperature: Double = 1

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "file"))
  var output: String

  func validate() throws {
    guard (labels == nil) != (texts == nil) else {
      throw ValidationError("Give either --labels or --texts.")
    }
    // As files hold them: a number may be too great or too small for a Float.
    guard Float(inputScale).isFinite, Float(inputScale) != 0, Float(temperature).isFinite,
      Float(temperature) > 0, (0...1).contains(threshold)
    else {
      throw ValidationError(
        "--input-scale is a number other than 0, --temperature is positive, --threshold is 0…1.")
    }
  }

  func run() throws {
    try Output.orExit { () throws(LibraryError) in
      try ExpertExchange.importExpert(
        source,
        facts: ImportFacts(
          tree: tree, bases: base, layer: layer, input: input.rawValue, inputScale: inputScale,
          appliesLoRAScale: loraScale == .apply, answers: try answers()),
        to: output)
    }
  }

  private func answers() throws(LibraryError) -> ImportFacts.Answers {
    if let texts { return .table(texts, temperature: temperature) }
    return .labels(try LabelList.read(labels ?? ""), threshold: threshold)
  }
}

/// Which kind of weights an expert was trained on.
enum InputChoice: String, ExpressibleByArgument, CaseIterable {
  case full
  case lora
  case any
}

/// What to do with a LoRA's own scale.
enum LoRAScaleChoice: String, ExpressibleByArgument, CaseIterable {
  case apply
  case ignore
}

/// `probexd export`: the published layout of an expert, for PyTorch.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write an expert in the layout that the published PyTorch code loads.")

  @Argument(help: ArgumentHelp("An expert that describes itself.", valueName: "expert.safetensors"))
  var source: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to write.", valueName: "file"))
  var output: String

  func run() throws {
    try Output.orExit { () throws(LibraryError) in
      try ExpertExchange.exportExpert(source, to: output)
    }
  }
}
