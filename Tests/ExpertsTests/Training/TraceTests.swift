import Experts
import Tensors
import Testing

/// Networks and their training against PyTorch: the same start, the same representations, the same
/// ten steps, the same losses.
@Suite struct TraceTests {
  @Test("every network and every task has a run")
  func runs() {
    #expect(TraceRun.all.count == 17)
    #expect(
      Set(TraceRun.all.map(\.network))
        == Set(NetworkKind.allCases.filter { !$0.isClosedForm }.map(\.rawValue)))
    #expect(
      Set(TraceRun.all.map(\.kind))
        == ["categories", "text", "text, learned", "choice", "number"])
  }

  /// 1e-5 leaves room for another order of at most 50 additions and for nothing else.
  private static func agrees(_ ours: [Float], _ theirs: [Float]) -> Bool {
    ours.count == theirs.count
      && zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) }
  }

  @Test("a network that answers gives PyTorch's representations", arguments: TraceRun.all)
  func representations(_ run: TraceRun) throws {
    let member = try run.trainable(run.tensors).member
    let layers = try run.modelLayers()
    let theirs = try Golden.floats(run.representations)
    #expect(Self.agrees(member.represent(layers).values, theirs))
    // One by one the encoder is read in another way.
    let alone = layers.flatMap { member.represent([$0]).values }
    #expect(Self.agrees(alone, theirs))
  }

  @Test("ten steps give PyTorch's losses and tensors", arguments: TraceRun.all)
  func trace(_ run: TraceRun) throws {
    let layers = try run.modelLayers()
    let targets = try run.trainingTargets()
    var network = try run.trainable(run.tensors)
    var adam = Adam(
      Adam.Settings(rate: run.rate, weightDecay: run.decay), sizes: network.tensors.map(\.count))
    #expect(run.losses.count == 10)
    for expected in run.losses {
      let (loss, gradients) = network.gradient(layers, targets, batch: TraceRun.models)
      #expect(abs(loss - expected) < 1e-5 * max(1, expected))
      adam.step(&network.tensors, gradients)
    }
    let final = try run.trainable(run.final)
    for (ours, theirs) in zip(network.tensors, final.tensors) {
      #expect(zip(ours, theirs).allSatisfy { abs($0 - $1) < 2e-4 })
    }
  }

  @Test("the result does not depend on the number of threads", arguments: TraceRun.all)
  func shards(_ run: TraceRun) throws {
    let network = try run.trainable(run.tensors)
    let data = TrainingSplit(
      layers: try run.modelLayers().map(StoredLayer.init),
      targets: try run.trainingTargets())
    var results: [[[Float]]] = []
    for threads in [1, 2] {
      var random = RandomSource(seed: 7)
      let settings = TrainingSettings(
        epochs: 3, batch: 4, seed: 7, adam: Adam.Settings(rate: 1e-2, weightDecay: 1e-3),
        threads: threads)
      let result = try Trainer.train(
        network, on: data, validation: data, settings, generator: &random)
      #expect(result.losses.count == 9)
      results.append(result.network.tensors)
    }
    #expect(results[0] == results[1])
  }
}
