import Checkpoints
import Tensors

/// Training checkpoints in files: one safetensors file with the tensors of the network
/// (`tensor.0` …), both moments (`first.0`, `second.0` …), the best network (`best.0` …, left out
/// where it is the network itself) and the losses, and everything else in its metadata.
package enum TrainingCheckpointFile {
  private static let version = "1"
  private static let lists = ["tensor", "first", "second", "best"]

  /// Writes a checkpoint; the file appears complete or not at all, also when the process is killed.
  ///
  /// - Parameter run: `Trainer.digest` of the run.
  /// - Throws: `TrainingError.badCheckpoint`. Cost: four times the network on the disk.
  package static func write(
    _ checkpoint: TrainingCheckpoint, run: String, to path: String
  ) throws(TrainingError) {
    let isBest = checkpoint.bestEpoch == checkpoint.epoch
    let parts = [
      checkpoint.tensors, checkpoint.adam.first, checkpoint.adam.second,
      isBest ? [] : checkpoint.best,
    ]
    var tensors = zip(lists, parts).flatMap { name, values in
      values.enumerated().map { place, values in
        SafetensorsWriter.Tensor(name: "\(name).\(place)", values: values, shape: [values.count])
      }
    }
    let losses = checkpoint.losses.flatMap { loss in
      (0..<8).map { UInt8(truncatingIfNeeded: loss.bitPattern >> (8 * $0)) }
    }
    tensors.append(
      SafetensorsWriter.Tensor(
        name: "losses", type: .f64, shape: [checkpoint.losses.count], bytes: losses))
    let (a, b, c, d) = checkpoint.generator.state
    let metadata = [
      ("probexd.training", version), ("run", run), ("epoch", String(checkpoint.epoch)),
      ("steps", String(checkpoint.adam.steps)),
      ("generator", [a, b, c, d].map { String($0) }.joined(separator: " ")),
      ("best_epoch", String(checkpoint.bestEpoch)),
      // Its bits: a decimal number might come back as its neighbour.
      ("best_accuracy", String(checkpoint.bestAccuracy.bitPattern)),
      ("checksum", SafetensorsWriter.checksum(tensors)),
    ]
    do throws(CheckpointError) {
      try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
    } catch {
      throw TrainingError(
        .badCheckpoint, error.subject, problem: "the run cannot be saved: \(error.problem).",
        remedy: error.remedy + ", or train without checkpoints.")
    }
  }

  /// Removes a file that `write` made; what is not there is no error.
  package static func remove(_ path: String) { SafetensorsWriter.remove(path) }

  /// Reads the checkpoint of a run.
  ///
  /// - Parameters:
  ///   - run: `Trainer.digest` of the run that wants to go on.
  ///   - sizes: of its network's tensors.
  ///   - settings: of its optimiser.
  /// - Returns: `nil` where there is no file.
  /// - Throws: `TrainingError.badCheckpoint` for the checkpoint of another run, and for a file that
  ///   is none, is damaged or cannot be read.
  package static func read(
    _ path: String, run: String, sizes: [Int], _ settings: Adam.Settings
  ) throws(TrainingError) -> TrainingCheckpoint? {
    do throws(CheckpointError) {
      let file: SafetensorsFile
      do throws(CheckpointError) {
        file = try SafetensorsFile(path: path)
      } catch  where error.kind == .notFound {
        return nil
      }
      guard file.metadata(named: "probexd.training") == version else {
        throw unusable(path, "it is no training checkpoint of this version of probexd")
      }
      guard file.metadata(named: "run") == run else {
        throw unusable(
          path, "it is the checkpoint of another run: its models, labels or settings were others")
      }
      guard file.metadata(named: "checksum") == (try file.checksum()),
        let checkpoint = try checkpoint(file, sizes, settings)
      else { throw unusable(path, "it is damaged") }
      return checkpoint
    } catch {
      throw TrainingError(
        .badCheckpoint, error.subject, problem: error.problem + ".", remedy: error.remedy + ".")
    }
  }

  private static func unusable(_ path: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      .malformed, path, problem: problem,
      remedy: "Remove it to train from the beginning, or train without checkpoints")
  }

  /// `nil` where anything is missing or has another size.
  private static func checkpoint(
    _ file: SafetensorsFile, _ sizes: [Int], _ settings: Adam.Settings
  ) throws(CheckpointError) -> TrainingCheckpoint? {
    func number(_ name: String) -> Int? { file.metadata(named: name).flatMap { Int($0) } }
    let words = (file.metadata(named: "generator") ?? "").split(separator: " ")
      .compactMap { UInt64($0) }
    guard let epoch = number("epoch"), let steps = number("steps"),
      let bestEpoch = number("best_epoch"), epoch > 0, steps > 0, (0...epoch).contains(bestEpoch),
      let accuracy = file.metadata(named: "best_accuracy").flatMap({ UInt64($0) }),
      words.count == 4, words.contains(where: { $0 != 0 }),
      let losses = file.tensor(named: "losses")
    else { return nil }
    var lists: [[[Float]]] = []
    for name in Self.lists.prefix(bestEpoch == epoch ? 3 : 4) {
      var list: [[Float]] = []
      for (place, size) in sizes.enumerated() {
        guard let tensor = file.tensor(named: "\(name).\(place)"), tensor.elementCount == size
        else { return nil }
        list.append(try file.floats(tensor))
      }
      lists.append(list)
    }
    let bytes = try file.bytes(losses)
    return TrainingCheckpoint(
      epoch: epoch, tensors: lists[0],
      adam: Adam(settings, steps: steps, first: lists[1], second: lists[2]),
      generator: RandomSource(state: (words[0], words[1], words[2], words[3])),
      best: lists.count > 3 ? lists[3] : lists[0], bestEpoch: bestEpoch,
      bestAccuracy: Double(bitPattern: accuracy),
      losses: stride(from: 0, to: bytes.count, by: 8).map { start in
        Double(
          bitPattern: bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        )
      })
  }
}
