import Dispatch
import Synchronization

/// Brings the layers of batches into memory. While a batch is worked on, the next is read from its
/// files on another thread; batches that are in memory already cost nothing.
final class BatchReader {
  private let layers: [StoredLayer]
  private let batches: [[Int]]
  private var place = 0
  /// The batch after the one that was given out last, once `reading` is done.
  private let ahead = Ahead()
  private let reading = DispatchGroup()

  /// - Parameter batches: places in `layers`.
  init(_ layers: [StoredLayer], _ batches: [[Int]]) {
    self.layers = layers
    self.batches = batches
  }

  /// The layers of the next batch; call it once for each.
  ///
  /// - Throws: as `StoredLayer.held`.
  func next() throws(TrainingError) -> [HeldLayer] {
    let number = place
    place += 1
    let isRead = number > 0 && isInFiles(number)
    if isRead { reading.wait() }
    let result = isRead ? ahead.take() : Self.read(batches[number].map { layers[$0] })
    if place < batches.count, isInFiles(place) {
      let wanted = batches[place].map { layers[$0] }
      DispatchQueue.global().async(group: reading) { [ahead] in ahead.put(Self.read(wanted)) }
    }
    return try result.get()
  }

  private func isInFiles(_ batch: Int) -> Bool { batches[batch].contains { layers[$0].isInFile } }

  private static func read(_ layers: [StoredLayer]) -> Result<[HeldLayer], TrainingError> {
    Result { () throws(TrainingError) in
      var held: [HeldLayer] = []
      for layer in layers { held.append(try layer.held()) }
      return held
    }
  }

  /// What was read ahead, between two threads.
  private final class Ahead: Sendable {
    private let batch = Mutex<Result<[HeldLayer], TrainingError>>(.success([]))

    func put(_ result: Result<[HeldLayer], TrainingError>) { batch.withLock { $0 = result } }

    /// Leaves nothing behind, so that a batch is in memory only as long as it is worked on.
    func take() -> Result<[HeldLayer], TrainingError> {
      batch.withLock { batch in
        defer { batch = .success([]) }
        return batch
      }
    }
  }
}
