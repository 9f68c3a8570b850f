import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// Runs that are interrupted, go on, or end before their last epoch.
@Suite struct ResumeTests {
  /// A task, a network and data for it, the same each time.
  private struct Problem {
    var network: TrainableNetwork
    var generator: RandomSource
    var split: TrainingSplit
    var settings: TrainingSettings

    init(seed: UInt64 = 1, epochs: Int = 6, rate: Float = 1e-2, patience: Int? = nil) {
      var source = RandomSource(seed: 9)
      var answers = Matrix(rows: 30, columns: 2)
      let layers = (0..<30).map { model in
        var matrix = Matrix(rows: 5, columns: 4)
        for index in matrix.values.indices { matrix.values[index] = source.uniform(bound: 1) }
        answers[model, model % 2] = 1
        return StoredLayer(.full(matrix))
      }
      split = TrainingSplit(layers: layers, targets: .categories(answers))
      generator = RandomSource(seed: seed)
      network = TrainableNetwork(
        ProbeXDesign(rows: 5, columns: 4, probes: 4, projections: 3, dimension: 6),
        .categories(labels: 2), generator: &generator)
      settings = TrainingSettings(
        epochs: epochs, batch: 8, seed: seed, adam: Adam.Settings(rate: rate, weightDecay: 1e-4),
        threads: 1, patience: patience)
    }

    var digest: String {
      Trainer.digest(network, on: split, validation: split, settings, generator: generator)
    }

    func train(
      resume: TrainingCheckpoint? = nil,
      save: (TrainingCheckpoint, Bool) -> Void = { _, _ in },
      progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainingResult {
      var generator = generator
      return try Trainer.train(
        network, on: split, validation: split, settings, generator: &generator, resume: resume,
        save: { (checkpoint, isOver) throws(TrainingError) in save(checkpoint, isOver) },
        progress: progress)
    }
  }

  @Test("a run that goes on from any epoch ends with the bytes of one that was not interrupted")
  func resumes() throws {
    let problem = Problem()
    var checkpoints: [TrainingCheckpoint] = []
    var ends: [Bool] = []
    let whole = try problem.train(save: { checkpoint, isOver in
      checkpoints.append(checkpoint)
      ends.append(isOver)
    })
    #expect(checkpoints.map(\.epoch) == Array(1...6))
    #expect(ends == [false, false, false, false, false, true])
    let folder = try TemporaryFolder()
    let path = try folder.file(".expert.training")
    for checkpoint in checkpoints {
      try TrainingCheckpointFile.write(checkpoint, run: problem.digest, to: path)
      let read = try TrainingCheckpointFile.read(
        path, run: problem.digest, sizes: problem.network.sizes, problem.settings.adam)
      #expect(read == checkpoint)
      let rest = try problem.train(resume: read)
      #expect(rest.network.tensors == whole.network.tensors)
      #expect(rest.losses == whole.losses && rest.bestEpoch == whole.bestEpoch)
    }
  }

  @Test("no file is no checkpoint")
  func missing() throws {
    let folder = try TemporaryFolder()
    let problem = Problem()
    let read = try TrainingCheckpointFile.read(
      folder.path + "/.none", run: problem.digest, sizes: problem.network.sizes,
      problem.settings.adam)
    #expect(read == nil)
  }

  @Test(
    "what is no checkpoint of this run is refused by name",
    arguments: ["another seed", "another answer", "cut short", "changed", "another file"])
  func refused(_ fault: String) throws {
    var problem = Problem()
    var last: TrainingCheckpoint?
    _ = try problem.train(save: { checkpoint, _ in last = checkpoint })
    let folder = try TemporaryFolder()
    let path = try folder.file(".expert.training")
    try TrainingCheckpointFile.write(try #require(last), run: problem.digest, to: path)
    switch fault {
    case "another seed": problem = Problem(seed: 2)
    case "another answer":
      let swapped = problem.split.targets.selecting([1, 0] + Array(2..<30))
      problem.split = TrainingSplit(layers: problem.split.layers, targets: swapped)
    case "cut short":
      try rewrite(path) { $0.removeLast() }
    case "changed":
      try rewrite(path) { $0[$0.count - 9] ^= 1 }
    default:
      try SafetensorsWriter.write(
        [SafetensorsWriter.Tensor(name: "t", values: [1], shape: [1])], metadata: [], to: path)
    }
    let error = #expect(throws: TrainingError.self) {
      try TrainingCheckpointFile.read(
        path, run: problem.digest, sizes: problem.network.sizes, problem.settings.adam)
    }
    #expect(error?.kind == .badCheckpoint && error?.subject == path)
    let says = [
      "another seed": "another run", "another answer": "another run", "cut short": "bytes",
      "changed": "damaged", "another file": "no training checkpoint",
    ]
    #expect(error?.problem.contains(says[fault] ?? "?") == true, "\(error?.problem ?? "")")
  }

  @Test("the digest of a run depends on everything but the threads")
  func digest() {
    var problem = Problem()
    let digest = problem.digest
    problem.settings.threads = 2
    #expect(problem.digest == digest)
    problem.settings.adam.weightDecay = 0
    #expect(problem.digest != digest)
    #expect(Problem(epochs: 7).digest != digest && Problem(patience: 3).digest != digest)
  }

  @Test("training stops when nothing has become better for as many epochs as its patience")
  func patience() throws {
    let problem = Problem(epochs: 400, patience: 5)
    var seen: [TrainingProgress] = []
    let result = try problem.train(progress: { seen.append($0) })
    #expect(seen.count == result.bestEpoch + 5 && seen.count < 400)
    #expect(seen.map(\.stopsEarly) == seen.map { $0.epoch == seen.count })
    #expect(result.bestAccuracy == seen.map(\.accuracy).max())
  }

  @Test("validation that gives no numbers ends training by name")
  func nonFinite() throws {
    var problem = Problem(epochs: 1)
    var generator = problem.generator
    // Finite in training, where this direction is not seen; beyond all numbers in validation.
    problem.settings.adam.rate = 1e-30
    let huge = Matrix(rows: 5, columns: 4, values: [Float](repeating: 3e38, count: 20))
    let validation = TrainingSplit(
      layers: [StoredLayer(.full(huge))], targets: problem.split.targets.selecting([0]))
    let error = #expect(throws: TrainingError.self) {
      try Trainer.train(
        problem.network, on: problem.split, validation: validation, problem.settings,
        generator: &generator)
    }
    #expect(error?.kind == .diverged)
  }
}

/// Changes the bytes of a file.
private func rewrite(_ path: String, _ change: (inout Data) -> Void) throws {
  let url = URL(filePath: path)
  var bytes = try Data(contentsOf: url)
  change(&bytes)
  try bytes.write(to: url)
}
