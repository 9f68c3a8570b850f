import Checkpoints
import Experts
import Library
import Tensors
import TestSupport
import Testing

/// Experts of every network, served: from a file in the library to an answer about a checkpoint.
@Suite struct NetworkTests {
  /// A checkpoint of the example with the layer that is read of it.
  struct Source: Sendable {
    let checkpoint: String
    let layer: String
    let input: ExpertFacts.Input
  }

  static let sources = [
    Source(checkpoint: ExampleLibrary.vision, layer: "layer.3.intermediate", input: .full),
    Source(checkpoint: ExampleLibrary.vision, layer: "layer.3.attention.query", input: .full),
    Source(checkpoint: ExampleLibrary.adapter, layer: "encoder.layer.5.output.dense", input: .lora),
  ]

  private static func layer(_ source: Source) throws -> Layer {
    let checkpoint = try Checkpoint.open(
      Repository.example("checkpoints/" + source.checkpoint), relativeTo: "/",
      hub: HubCache(root: "/nowhere"))
    return try checkpoint.layer(try checkpoint.layerRecord(named: source.layer))
  }

  private static func member(
    _ kind: NetworkKind, _ layer: Layer, _ task: TrainingTask, seed: UInt64
  ) -> TrainableNetwork {
    let (rows, columns) = (layer.rows, layer.columns)
    let design: any NetworkDesign =
      switch kind {
      case .probeX:
        ProbeXDesign(rows: rows, columns: columns, probes: 8, projections: 4, dimension: 16)
      case .mvProbe:
        MVProbeDesign(rows: rows, columns: columns, probes: 8, projections: 4, dimension: 16)
      case .dense: DenseDesign(rows: rows, columns: columns)
      case .statNN:
        StatNNDesign(
          rows: rows, columns: columns, hidden: 16, dimension: 16, norm: StatisticsNorm(of: []))
      case .logGram, .direction: preconditionFailure("learnt in closed form")
      }
    var generator = RandomSource(seed: seed)
    return TrainableNetwork(
      design, task, preparation: InputPreparation(scale: 3, isNormalised: true),
      generator: &generator)
  }

  /// A library with one expert, whose members read the given layers with the given networks.
  private static func library(
    _ folder: TemporaryFolder, _ output: ExpertFacts.Output,
    _ parts: [(source: Source, member: TrainableNetwork)]
  ) throws -> LibrarySnapshot {
    _ = try folder.file("texts/.keep")
    let readings = parts.map { source, member in
      ExpertFacts.Reading(
        layer: ExpertFacts.LayerShape(
          name: source.layer, rows: member.design.rows, columns: member.design.columns),
        network: member.design.kind, inputScale: 3, isNormalised: true)
    }
    let tensors = parts.enumerated().flatMap { place, part in
      let prefix = NetworkTensors.prefix(place, of: parts.count)
      return part.member.published.map { tensor in
        SafetensorsWriter.Tensor(
          name: prefix + tensor.name, type: tensor.type, shape: tensor.shape, bytes: tensor.bytes)
      }
    }
    try ExpertFile.write(
      ExpertFacts(
        tree: "tree", bases: [], readings: readings, input: parts[0].source.input, output: output),
      tensors, to: try folder.file("experts/mine.safetensors"))
    let library = LibraryLoader.load(folder.path, options: ExampleLibrary.options)
    #expect(library.problems.isEmpty)
    return library
  }

  /// The networks that are trained by descent.
  static let trained = NetworkKind.allCases.filter { !$0.isClosedForm }

  @Test("a number, of a whole matrix and of a LoRA", arguments: trained, [0, 2])
  func number(_ kind: NetworkKind, _ place: Int) throws {
    let source = Self.sources[place]
    let layer = try Self.layer(source)
    let network = Self.member(kind, layer, .number, seed: 3)
    let scale = ExpertFacts.NumberScale(
      property: "lr", mean: -2, deviation: 0.5, isLogarithmic: false, error: 0.25)
    let folder = try TemporaryFolder()
    let library = try Self.library(folder, .number(scale), [(source, network)])
    let described = try #require(library.describeExperts().first?.members.first)
    #expect(described.network == kind.rawValue)

    let answer = try library.classify(source.checkpoint)
    let number = try #require(answer.number)
    // The reader that is told the product instead of the factors.
    let whole = Layer.full(layer.multipliedOut)
    let output = network.head.forward(network.member.represent([whole])).values[0]
    #expect(abs(output) > 1e-3)
    #expect(abs(number.value - Double(-2 + 0.5 * output)) < 1e-5)
    #expect(abs(number.high - number.low - 0.25) < 1e-5)
  }

  @Test("members with other layers and other networks give one answer")
  func members() throws {
    let parts = try zip(Self.sources.prefix(2), [NetworkKind.mvProbe, .statNN]).map {
      source, kind in
      (
        source: source,
        member: Self.member(kind, try Self.layer(source), .choice(labels: 3), seed: 4)
      )
    }
    let folder = try TemporaryFolder()
    let library = try Self.library(folder, .choice(labels: ["a", "b", "c"]), parts)
    var logits = [Float](repeating: 0, count: 3)
    for (source, member) in parts {
      let outputs = member.head.forward(
        member.member.represent([try Self.layer(source)]))
      for index in logits.indices { logits[index] += outputs.values[index] / 2 }
    }
    let expected = Vector.softmax(logits)
    let answer = try library.classify(ExampleLibrary.vision)
    #expect(answer.layers == Self.sources.prefix(2).map(\.layer))
    #expect(answer.labels.count == 3)
    for (label, probability) in zip(["a", "b", "c"], expected) {
      let found = try #require(answer.labels.first { $0.label == label })
      #expect(abs(found.probability - probability) < 1e-5)
    }
    let embedding = try library.embed(ExampleLibrary.vision)
    #expect(embedding.representation.count == 32)
  }
}
