import Checkpoints
import Tensors
import TestSupport
import Testing
import Texts

/// Text tables: what is read back is what was written, and what is wrong is named.
@Suite struct TextTableTests {
  private static let table = TextTable(
    labels: ["cat", "a \"quoted\" dog", "犬"],
    embeddings: Matrix(rows: 3, columns: 2, values: [1, 0, 0.6, 0.8, -1, 1e-30]),
    encoder: "org/encoder", prompt: "a photo of a {label}", normalised: true)

  @Test("a table reads back as it was written")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("table.safetensors")
    try Self.table.write(to: path)
    #expect(try TextTable(path: path) == Self.table)
  }

  @Test("the bundled table is whole")
  func bundled() throws {
    let table = try TextTable(path: Repository.example("library/texts/topics.safetensors"))
    #expect(table.labels.count == 246 && table.dimension == 384 && table.normalised)
    #expect(table.encoder == "sentence-transformers/all-MiniLM-L6-v2")
    for row in 0..<table.labels.count {
      #expect(abs(Vector.length(table.embeddings.row(row)) - 1) < 1e-4)
    }
  }

  static let faults: [(entry: String, value: String?, says: String)] = [
    ("labels", nil, "labels"), ("labels", "cat, dog", "labels"), ("labels", "[1,2,3]", "labels"),
    ("labels", #"["a","b","a"]"#, "twice"), ("encoder", nil, "encoder"),
    ("normalised", "ja", "normalised"), ("dimension", "3", "dimension"),
  ]

  @Test("what is wrong with a table is named", arguments: faults)
  func broken(_ row: (entry: String, value: String?, says: String)) throws {
    let folder = try TemporaryFolder()
    let good = try folder.file("good.safetensors")
    try Self.table.write(to: good)
    var metadata = try SafetensorsFile(path: good).metadata
    metadata.removeAll { $0.name == row.entry }
    if let value = row.value { metadata.append((row.entry, value)) }
    let path = try folder.file("bad.safetensors")
    try SafetensorsWriter.write(
      [SafetensorsWriter.Tensor(name: "embeddings", values: [1, 0, 0, 1, 1, 1], shape: [3, 2])],
      metadata: metadata, to: path)
    let error = #expect(throws: TextTableError.self) { try TextTable(path: path) }
    #expect(error?.problem.contains(row.says) == true, "\(String(describing: error))")
  }

  @Test(
    "other many labels than embeddings, NaN, or no embeddings are refused",
    arguments: [
      "count", "nan", "missing",
    ])
  func brokenTensor(_ fault: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.file("bad.safetensors")
    let tensor =
      switch fault {
      case "count": SafetensorsWriter.Tensor(name: "embeddings", values: [1, 2], shape: [2, 1])
      case "nan":
        SafetensorsWriter.Tensor(name: "embeddings", values: [1, 2, .nan], shape: [3, 1])
      default: SafetensorsWriter.Tensor(name: "embedding", values: [1, 2, 3], shape: [3, 1])
      }
    try SafetensorsWriter.write(
      [tensor], metadata: [("labels", #"["a","b","c"]"#), ("encoder", "e")], to: path)
    #expect(throws: (any Error).self) { try TextTable(path: path) }
  }
}
