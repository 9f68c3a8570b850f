/// The index of a sharded checkpoint (`model.safetensors.index.json`): which tensor is in which
/// file.
struct ShardIndex {
  /// Every tensor with the name of its file, in the order of the index.
  let entries: [(tensor: String, shard: String)]
  /// The names of the files, each once, in the order of their bytes.
  let shards: [String]

  /// An index has some hundred bytes per tensor.
  private static let greatestSize = 64 << 20

  /// - Throws: `.malformed`, and as `CheckedFile.contents`.
  init(path: String) throws(CheckpointError) {
    let bytes = try CheckedFile.contents(of: path, limit: Self.greatestSize)
    guard let map = try ConfigFields(bytes, path: path).texts("weight_map"), !map.isEmpty else {
      throw Self.fault(path, "it has no weight_map, or an empty one")
    }
    for (tensor, shard) in map where !Self.isPlain(shard) {
      throw Self.fault(
        path,
        "it puts tensor \(quoted(tensor)) into \(quoted(shard)), which is no name of a file "
          + "beside it")
    }
    entries = map.map { (tensor: $0.name, shard: $0.text) }
    shards = Set(entries.map { ExactName($0.shard) }).map(\.text).sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
  }

  /// Whether a name stays in the folder of the index.
  private static func isPlain(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".." && !name.utf8.contains { $0 == 0 || $0 == 0x2F }
  }

  static func fault(_ path: String, _ problem: String) -> CheckpointError {
    CheckpointError(
      .malformed, path, problem: problem,
      remedy: "Download the index and all its files again from the same revision")
  }
}
