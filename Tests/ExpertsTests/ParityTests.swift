import Checkpoints
import Experts
import Tensors
import TestSupport
import Testing
import Texts

/// The networks against what PyTorch answered. The tolerance, 1e-4 · max(1, |x|), leaves room for
/// another order of summation over 16,384 products in single precision and for nothing else.
@Suite struct ParityTests {
  private static func open(_ name: String) throws -> Checkpoint {
    try Checkpoint.open(
      Repository.example("checkpoints/" + name), relativeTo: "/", hub: HubCache(root: "/nowhere"))
  }

  private static func agrees(_ ours: some Sequence<Float>, _ theirs: [Float]) -> Bool {
    zip(ours, theirs).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
  }

  private static func layer(_ name: String, for expert: Expert) throws -> Layer {
    let checkpoint = try open(name)
    return try checkpoint.layer(try checkpoint.layerRecord(named: expert.facts.layer.name))
  }

  @Test("text expert: representations and cosines, one by one and in one pass")
  func text() throws {
    let expert = try ExpertFile.read(Repository.example("library/experts/lora-topics.safetensors"))
    let table = try TextTable(path: Repository.example("library/texts/topics.safetensors"))
    let rows = try Golden.load().text
    #expect(rows.count == 13)
    let layers = try rows.map { try Self.layer($0.checkpoint, for: expert) }
    let together = expert.represent(layers)
    for (index, row) in rows.enumerated() {
      let expected = try Golden.floats(row.representation)
      #expect(expected.count == together.columns)
      #expect(Self.agrees(expert.represent([layers[index]]).values, expected), "\(row.checkpoint)")
      #expect(Self.agrees(together.row(index), expected), "\(row.checkpoint) in a batch")

      let places = try row.labels.map { try #require(table.labels.firstIndex(of: $0)) }
      let directions = expert.directions(table.embeddings.selectingRows(places))
      let representation = Matrix(
        rows: 1, columns: together.columns, values: Array(together.row(index)))
      let cosines = Head.cosines(representation, with: directions).values
      let theirs = try Golden.floats(row.cosines)
      #expect(cosines.count == theirs.count && Self.agrees(cosines, theirs), "\(row.checkpoint)")
    }
  }

  @Test("category expert: logits, in every stored precision")
  func categories() throws {
    let expert = try ExpertFile.read(Repository.example("library/experts/vit-sup-a.safetensors"))
    let rows = try Golden.load().categories
    #expect(rows.count == 3)
    for row in rows {
      let layer = try Self.layer(row.checkpoint, for: expert)
      let logits = expert.outputs(expert.represent([layer])).values
      let theirs = try Golden.floats(row.logits)
      #expect(logits.count == theirs.count && Self.agrees(logits, theirs), "\(row.checkpoint)")
    }
  }

  @Test("a LoRA answers as its product multiplied out, however it is factored")
  func factors() throws {
    let expert = try ExpertFile.read(Repository.example("library/experts/lora-topics.safetensors"))
    let layer = try Self.layer("lora-seen/model_idx_0002", for: expert)
    guard case .lowRank(let factors) = layer else {
      Issue.record("an adapter's layer stays in factors")
      return
    }
    let product = BLAS.product(.asStored(factors.up), .asStored(factors.down), scale: factors.scale)
    // (B G)(G⁻¹ A) with G = 4: the same product from other factors.
    var up = factors.up
    var down = factors.down
    for index in up.values.indices { up.values[index] *= 4 }
    for index in down.values.indices { down.values[index] /= 4 }
    let refactored = Layer.lowRank(LowRank(scale: factors.scale, up: up, down: down))
    let results = expert.represent([layer, .full(product), refactored])
    #expect(Self.agrees(results.row(1), Array(results.row(0))))
    #expect(Self.agrees(results.row(2), Array(results.row(0))))
    #expect(Vector.length(results.row(0)) > 0.01)
  }
}
