import Checkpoints
import Experts
import Foundation
import Tensors
import TestSupport
import Testing

/// The baseline that compares whole layers, against scikit-learn (`Golden/kernel_ridge.py`), on
/// more training models than one block of the kernel holds.
@Suite struct KernelRidgeTests {
  struct Run: Decodable {
    let rows: Int
    let columns: Int
    let rank: Int
    let train: Int
    let layers: [Float]?
    let up: [Float]?
    let down: [Float]?
    let targets: [Float]
    let outputs: [Float]
    let heldOut: [Float]

    /// Training models first.
    var models: [StoredLayer] {
      func matrix(_ values: [Float]?, _ model: Int, _ rows: Int, _ columns: Int) -> Matrix {
        let count = rows * columns
        return Matrix(
          rows: rows, columns: columns,
          values: Array((values ?? [])[model * count..<(model + 1) * count]))
      }
      return (0..<targets.count / 2).map { model in
        guard rank > 0 else { return StoredLayer(.full(matrix(layers, model, rows, columns))) }
        let (up, down) = (matrix(up, model, rows, rank), matrix(down, model, rank, columns))
        return StoredLayer(.lowRank(LowRank(scale: 1, up: up, down: down)))
      }
    }
  }

  private static func runs() throws -> [Run] {
    let path = Repository.path("Tests/ExpertsTests/Golden/kernel_ridge.json")
    return try JSONDecoder().decode([Run].self, from: try Data(contentsOf: URL(filePath: path)))
  }

  private static func farthest(_ found: [Float], _ wanted: [Float]) -> Float {
    found.count == wanted.count ? zip(found, wanted).map { abs($0 - $1) }.max() ?? 0 : .infinity
  }

  @Test("whole layers and factors are learnt as scikit-learn does", arguments: [0, 1])
  func parity(_ place: Int) throws {
    let run = try #require(try Self.runs().dropFirst(place).first)
    let models = run.models
    let ridge = try KernelRidge(
      Array(models.prefix(run.train)),
      targets: Matrix(
        rows: run.train, columns: 2, values: Array(run.targets.prefix(2 * run.train))))
    let outputs = try ridge.outputs(Array(models.dropFirst(run.train)))
    #expect(Self.farthest(outputs.values, run.outputs) < 1e-4)
    #expect(Self.farthest(ridge.heldOut.values, run.heldOut) < 1e-4)
  }

  @Test("more layers than one block are compared in their places")
  func blocks() throws {
    let run = try #require(try Self.runs().first)
    let known = Array(run.models.prefix(run.train))
    let targets = Array(run.targets.prefix(2 * run.train))
    let ridge = try KernelRidge(
      known, targets: Matrix(rows: run.train, columns: 2, values: targets))
    let once = try ridge.outputs(known).values
    let often = try ridge.outputs((0..<10).flatMap { _ in known }).values
    #expect(Self.farthest(often, (0..<10).flatMap { _ in once }) < 1e-5)
  }

  @Test("layers that are all alike teach nothing, and a cancelled run ends")
  func refused() throws {
    let layer = StoredLayer(.full(Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4])))
    let targets = Matrix(rows: 3, columns: 1, values: [0, 1, 0])
    let alike = #expect(throws: TrainingError.self) {
      try KernelRidge([layer, layer, layer], targets: targets)
    }
    #expect(alike?.kind == .unusableData)
    let cancelled = #expect(throws: TrainingError.self) {
      try KernelRidge([layer, layer, layer], targets: targets, isCancelled: { true })
    }
    #expect(cancelled?.kind == .cancelled)
  }
}
