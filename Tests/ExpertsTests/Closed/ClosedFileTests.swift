import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Expert files of the networks in closed form, and what these make of unusual layers.
@Suite struct ClosedFileTests {
  private static let layers = (0..<3).map {
    Layer.full(MemberFixture.matrix(ClosedFixture.rows, ClosedFixture.columns, seed: 20 + $0))
  }

  @Test(
    "what was written is read, and written again to the same bytes",
    arguments: ClosedFixture.networks, [ClosedFixture.choice, ClosedFixture.text])
  func roundTrip(_ name: String, _ output: ExpertFacts.Output) throws {
    let folder = try TemporaryFolder()
    let (facts, member, tensors) = try ClosedFixture.expert(name, output)
    let path = try folder.file("expert.safetensors")
    try ExpertFile.write(facts, tensors, to: path)
    let expert = try ExpertFile.read(path)
    let read = try #require(expert.members.first)
    #expect(expert.facts == facts && read.preparation == member.preparation)
    #expect(read.network.kind == member.network.kind && read.head == member.head)
    #expect(read.network.parameterCount == member.network.parameterCount)
    let numbers = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    #expect(read.parameterCount == numbers, "every number of the file is counted")
    #expect(read.represent(Self.layers) == member.represent(Self.layers))
    #expect(read.represent(Self.layers).row(0) != read.represent(Self.layers).row(1))
    let again = try folder.file("again.safetensors")
    let stored = try ExpertFile.storedTensors(try SafetensorsFile(path: path))
    try ExpertFile.write(expert.facts, stored, to: again)
    #expect(try Data(contentsOf: URL(filePath: again)) == Data(contentsOf: URL(filePath: path)))
  }

  @Test("PyTorch's classes could not hold them", arguments: ["inputs", "direction"])
  func export(_ name: String) throws {
    let folder = try TemporaryFolder()
    var (facts, _, tensors) = try ClosedFixture.expert(name, ClosedFixture.choice)
    // A centre would be refused before the network is.
    facts = ExpertFacts(
      tree: "tree", bases: [],
      readings: [
        ExpertFacts.Reading(layer: ClosedFixture.shape, network: facts.readings[0].network)
      ], input: .full, output: ClosedFixture.choice)
    tensors.removeAll { $0.name == "centre" }
    let path = try folder.file("expert.safetensors")
    let target = try folder.file("published.safetensors")
    try ExpertFile.write(facts, tensors, to: path)
    let error = #expect(throws: ExpertError.self) { try PublishedExpert.export(path, to: target) }
    #expect(error?.problem.contains("never published") == true)
    #expect(error?.remedy.contains("--method") == true)
    #expect(!FileManager.default.fileExists(atPath: target))
  }

  /// The network, a tensor of its file, what becomes of it, and what the error says.
  static let faults:
    [(network: String, tensor: String, values: [Float]?, shape: [Int], says: String)] = [
      ("inputs", "log_gram.inputs", nil, [], "log_gram.inputs"),
      ("inputs", "log_gram.inputs", .init(repeating: 1, count: 30), [6, 5], "6×5"),
      ("inputs", "log_gram.inputs", [], [5, 0], "5×0"),
      ("inputs", "log_gram.inputs", [1, 2, 3, 4, 5], [5, 1], "instead of 2"),
      ("inputs", "log_gram.inputs", .init(repeating: .nan, count: 25), [5, 5], "NaN"),
      ("inputs", "log_gram.outputs", .init(repeating: 1, count: 36), [6, 6], "beside"),
      ("outputs", "log_gram.outputs", .init(repeating: 1, count: 25), [5, 5], "5×5"),
      ("inputs", "log_gram.floor", nil, [], "log_gram.floor"),
      ("inputs", "log_gram.floor", [0], [1], "positive"),
      ("inputs", "log_gram.floor", [-1], [1], "positive"),
      ("inputs", "log_gram.floor", [.infinity], [1], "infinity"),
      ("inputs", "log_gram.floor", [1, 1], [2], "positive"),
      ("inputs", "log_gram_encoder.weight", .init(repeating: 1, count: 60), [4, 15], "15 columns"),
      ("inputs", "log_gram_encoder.bias", [1], [1], "1 numbers"),
      ("inputs", "classification_head.weight", .init(repeating: 1, count: 6), [2, 3], "3 columns"),
      ("inputs", "direction", [1], [1], "“direction”"),
      ("direction", "direction", nil, [], "direction"),
      ("direction", "direction", [], [0], "direction"),
      ("direction", "direction", [1, 2, 3], [3], "6×3"),
      ("direction", "whitening.weight", .init(repeating: 1, count: 24), [6, 4], "4×5"),
      ("direction", "whitening.weight", [], [0, 6], "whitening"),
      ("direction", "whitening.bias", [1], [1], "1 numbers"),
      ("direction", "log_gram.floor", [1], [1], "log_gram.floor"),
    ]

  @Test("a tensor that does not go with the others is refused", arguments: faults.indices)
  func fault(_ row: Int) throws {
    let (name, tensor, values, shape, says) = Self.faults[row]
    var (facts, _, tensors) = try ClosedFixture.expert(name, ClosedFixture.choice)
    tensors.removeAll { $0.name == tensor }
    if let values {
      tensors.append(SafetensorsWriter.Tensor(name: tensor, values: values, shape: shape))
    }
    let folder = try TemporaryFolder()
    let path = try folder.file("broken.safetensors")
    facts.training = nil
    let error = #expect(throws: ExpertError.self) {
      try ExpertFile.write(facts, tensors, to: path)
    }
    #expect(error?.problem.contains(says) == true, "\(String(describing: error))")
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test("a LoRA in its factors is the product multiplied out", arguments: ClosedFixture.networks)
  func factors(_ name: String) throws {
    let network = try ClosedFixture.network(name)
    for rank in [1, 2, 4] {
      let pair = Layer.lowRank(
        LowRank(
          scale: -1.5, up: MemberFixture.matrix(ClosedFixture.rows, rank, seed: 30),
          down: MemberFixture.matrix(rank, ClosedFixture.columns, seed: 31)))
      let factors = network.represent([pair], inputScale: 0.5)
      let product = network.represent([.full(pair.multipliedOut)], inputScale: 0.5)
      #expect(factors.distance(to: product) < 1e-4)
    }
  }

  @Test("a layer of zeros has a representation", arguments: ClosedFixture.networks)
  func zeros(_ name: String) throws {
    let network = try ClosedFixture.network(name)
    let nothing = Matrix(rows: ClosedFixture.rows, columns: ClosedFixture.columns)
    let pair = LowRank(
      scale: 1, up: Matrix(rows: ClosedFixture.rows, columns: 2),
      down: MemberFixture.matrix(2, ClosedFixture.columns, seed: 31))
    for layer in [Layer.full(nothing), .lowRank(pair)] {
      #expect(network.represent([layer]).values.allSatisfy { $0.isFinite })
    }
  }

  @Test("how large a layer is changes nothing but its size", arguments: ClosedFixture.networks)
  func scales(_ name: String) throws {
    let network = try ClosedFixture.network(name)
    var projected = [Float](repeating: 0, count: 2 * network.projectedCount)
    // The squares of 1e-20 are beneath what single precision holds in full.
    for scale in [Float(1e-18), 1e-9, 1e9, 1e15] {
      network.project(Self.layers[0], scale: 1, into: &projected, row: 0)
      network.project(Self.layers[0], scale: scale, into: &projected, row: 1)
      let count = network.projectedCount
      let last = network.kind == .logGram ? count - 1 : count
      for place in 0..<last {
        #expect(abs(projected[place] - projected[count + place]) < 1e-3)
      }
      guard network.kind == .logGram, scale > 1e-14 else { continue }
      let grown = projected[2 * count - 1] - projected[count - 1]
      #expect(abs(grown - 2 * Vector.logarithm(scale) / Vector.logarithm(10)) < 1e-3)
    }
  }

  @Test("weights whose products overflow give no numbers", arguments: ClosedFixture.networks)
  func overflow(_ name: String) throws {
    let network = try ClosedFixture.network(name)
    var huge = MemberFixture.matrix(ClosedFixture.rows, ClosedFixture.columns, seed: 20)
    for index in huge.values.indices { huge.values[index] = huge.values[index] < 0 ? -3e38 : 3e38 }
    let whole = network.represent([.full(huge)])
    #expect(whole.values.contains { !$0.isFinite })
    let pair = LowRank(
      scale: 3e38, up: Matrix(rows: ClosedFixture.rows, columns: 1, values: [1, 2, 3, 4, 5, 6]),
      down: Matrix(rows: 1, columns: ClosedFixture.columns, values: [9, 9, 9, 9, 9]))
    #expect(network.represent([.lowRank(pair)]).values.contains { !$0.isFinite })
  }
}
