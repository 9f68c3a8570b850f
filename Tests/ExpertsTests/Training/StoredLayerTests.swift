import Checkpoints
import Experts
import Tensors
import TestSupport
import Testing

/// Layers in 16 bits, in memory or in their files.
@Suite struct StoredLayerTests {
  private static func checkpoint(
    _ folder: TemporaryFolder, _ name: String, _ tensors: [SafetensorsWriter.Tensor]
  ) throws -> Checkpoint {
    let path = try folder.file("\(name).safetensors")
    try SafetensorsWriter.write(tensors, metadata: [], to: path)
    return try Checkpoint.open(path, relativeTo: "/", hub: HubCache(root: "/nowhere"))
  }

  /// The bytes of every finite number of a 16-bit type, subnormals included.
  private static func everyNumber(_ type: ScalarType) -> [UInt8] {
    let exponent: UInt16 = type == .f16 ? 0x7C00 : 0x7F80
    return (0...UInt16.max).filter { $0 & exponent != exponent }
      .flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  @Test("16-bit layers stay in 16 bits and are read exactly", arguments: [ScalarType.f16, .bf16])
  func packed(_ type: ScalarType) throws {
    let folder = try TemporaryFolder()
    let bytes = Self.everyNumber(type)
    let checkpoint = try Self.checkpoint(
      folder, "model",
      [SafetensorsWriter.Tensor(name: "l", type: type, shape: [2, bytes.count / 4], bytes: bytes)])
    let record = try checkpoint.layerRecord(named: "l")
    let stored = try StoredLayer(reading: record, of: checkpoint)
    #expect(try stored.layer == checkpoint.layer(record))
    #expect(try stored.held().byteCount == bytes.count)
  }

  @Test("single precision and LoRA factors come back as they are read", arguments: [false, true])
  func others(isLowRank: Bool) throws {
    let folder = try TemporaryFolder()
    var generator = RandomSource(seed: 1)
    let values = (0..<24).map { _ in generator.uniform(bound: 1) }
    let half = Array(Self.everyNumber(.f16).prefix(48))
    let checkpoint = try Self.checkpoint(
      folder, "model",
      isLowRank
        ? [
          SafetensorsWriter.Tensor(
            name: "base_model.model.l.lora_A.weight", type: .f16, shape: [4, 6], bytes: half),
          SafetensorsWriter.Tensor(
            name: "base_model.model.l.lora_B.weight", type: .f16, shape: [6, 4], bytes: half),
        ] : [SafetensorsWriter.Tensor(name: "l", values: values, shape: [4, 6])])
    let record = try checkpoint.layerRecord(named: "l")
    let stored = try StoredLayer(reading: record, of: checkpoint)
    #expect((record.lowRank != nil) == isLowRank)
    #expect(try stored.layer == checkpoint.layer(record))
    #expect(try stored.held().byteCount == 96)
  }

  @Test("so many layers stay in memory as fit, the others in their files")
  func budget() throws {
    let folder = try TemporaryFolder()
    var keeper = LayerKeeper(budget: 100)
    let stored = try (0..<4).map { number in
      let tensor = SafetensorsWriter.Tensor(
        name: "l", values: [Float](repeating: Float(number), count: 12), shape: [3, 4])
      let checkpoint = try Self.checkpoint(folder, "\(number)", [tensor])
      return try keeper.keep(try checkpoint.layerRecord(named: "l"), of: checkpoint)
    }
    #expect(stored.map(\.isInFile) == [false, false, true, true])
    #expect(keeper.byteCount == 96)
  }

  @Test("a run over files gives the bytes of one in memory, and a changed file ends it by name")
  func streams() throws {
    let folder = try TemporaryFolder()
    var generator = RandomSource(seed: 3)
    var answers = Matrix(rows: 40, columns: 2)
    let checkpoints = try (0..<40).map { model in
      var values = (0..<48).map { _ in generator.uniform(bound: 0.3) }
      for label in 0..<2 {
        let sign = generator.uniform(bound: 1) > 0
        for column in 0..<6 { values[label * 6 + column] += sign ? 1 : -1 }
        answers[model, label] = sign ? 1 : 0
      }
      return try Self.checkpoint(
        folder, "\(model)", [SafetensorsWriter.Tensor(name: "l", values: values, shape: [8, 6])])
    }
    func run(budget: Int?) throws -> TrainingResult {
      var keeper = LayerKeeper(budget: budget)
      let layers = try checkpoints.map {
        try keeper.keep(try $0.layerRecord(named: "l"), of: $0)
      }
      let split = TrainingSplit(layers: layers, targets: .categories(answers))
      var source = RandomSource(seed: 5)
      let network = TrainableNetwork(
        ProbeXDesign(rows: 8, columns: 6, probes: 4, projections: 4, dimension: 4),
        .categories(labels: 2), generator: &source)
      let settings = TrainingSettings(
        epochs: 3, batch: 7, seed: 5, adam: Adam.Settings(rate: 1e-2, weightDecay: 0), threads: 2)
      return try Trainer.train(
        network, on: split, validation: split, settings, generator: &source)
    }
    let inMemory = try run(budget: nil)
    for budget in [0, 2000] {
      let streamed = try run(budget: budget)
      #expect(streamed.network.tensors == inMemory.network.tensors)
      #expect(streamed.losses == inMemory.losses)
    }
    let layer = try LayerKeeper.file(checkpoints[11])
    try SafetensorsWriter.write(
      [SafetensorsWriter.Tensor(name: "l", values: [1, 2], shape: [1, 2])], metadata: [],
      to: folder.path + "/11.safetensors")
    let error = #expect(throws: TrainingError.self) { try layer.held() }
    #expect(error?.kind == .unreadable && error?.subject.hasSuffix("11.safetensors") == true)
  }
}

extension LayerKeeper {
  /// A layer that stays in its file.
  fileprivate static func file(_ checkpoint: Checkpoint) throws -> StoredLayer {
    var keeper = LayerKeeper(budget: 0)
    return try keeper.keep(try checkpoint.layerRecord(named: "l"), of: checkpoint)
  }
}
