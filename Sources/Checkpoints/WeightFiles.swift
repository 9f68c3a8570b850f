/// The files that make up a checkpoint, found by their names. None of them has been opened.
struct WeightFiles {
  /// The file or folder that they were found by.
  let path: String
  /// The weight file; nil when an index names several.
  var file: String?
  /// The index of a sharded checkpoint.
  var index: String?
  /// `adapter_config.json`, if it stands beside the weights.
  var adapterConfig: String?
  /// `config.json`, if the checkpoint is a folder that has one.
  var config: String?
  /// What a user may want to know about the choice.
  var notes: [String] = []

  private static let adapterConfigName = "adapter_config.json"
  private static let adapterName = "adapter_model.safetensors"
  private static let indexEnding = ".safetensors.index.json"
  private static let ending = ".safetensors"

  /// Names of whole checkpoints, in the order in which their libraries look for them.
  private static let plainNames = [
    "model.safetensors", "diffusion_pytorch_model.safetensors",
    "pytorch_lora_weights.safetensors",
  ]

  /// The files of a checkpoint whose name led to `found`.
  ///
  /// - Throws: `.notACheckpoint`, `.unsupported` (only files of other formats), `.notInCache`,
  ///   `.unreadable`.
  init(_ found: CheckpointName) throws(CheckpointError) {
    switch found.type {
    case .folder:
      do throws(CheckpointError) {
        try self.init(folder: found.path)
      } catch  where error.kind == .notACheckpoint {
        throw found.snapshot.map { Self.incomplete($0, error) } ?? error
      }
    case .regular: try self.init(file: found.path)
    default: throw .notAFile(found.path, found.type)
    }
  }

  private init(path: String) { self.path = path }

  private init(file path: String) throws(CheckpointError) {
    let slash = path.lastIndex(of: "/")
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    if name == Self.adapterConfigName {
      try self.init(folder: folder)
      return
    }
    self.init(path: path)
    if name.hasSuffix(Self.indexEnding) {
      index = path
    } else {
      file = path
      let config = join(folder, Self.adapterConfigName)
      if (try? FileAccess.status(of: config))?.type == .regular { adapterConfig = config }
      if Self.isShard(name) { notes.append("the file is one of several shards") }
    }
  }

  private init(folder: String) throws(CheckpointError) {
    let listing: FolderListing
    do throws(SystemFailure) {
      listing = try FileAccess.listing(of: folder)
    } catch {
      throw .reading(folder, error)
    }
    let names = listing.names
    self.init(path: folder)
    if listing.unnameable > 0 {
      notes.append("\(listing.unnameable) names in the folder are not UTF-8 and were passed over")
    }
    if names.contains("config.json") { config = join(folder, "config.json") }
    let hasAdapterConfig = names.contains(Self.adapterConfigName)
    if hasAdapterConfig { adapterConfig = join(folder, Self.adapterConfigName) }
    let weights = names.filter { $0.hasSuffix(Self.ending) && !$0.hasPrefix(".") }
    let indices = names.filter { $0.hasSuffix(Self.indexEnding) && !$0.hasPrefix(".") }
    if hasAdapterConfig, weights.contains(Self.adapterName) {
      file = join(folder, Self.adapterName)
      if weights.count > 1 { notes.append("the folder has other weights beside the adapter's") }
    } else if let index = Self.plainNames.map({ $0 + ".index.json" }).first(where: indices.contains)
      ?? (indices.count == 1 ? indices[0] : nil)
    {
      self.index = join(folder, index)
    } else if let name = Self.plainNames.first(where: weights.contains) {
      file = join(folder, name)
      if weights.count > 1 { notes.append("of several weight files, \(name) was read") }
    } else if weights.count == 1, !Self.isShard(weights[0]) {
      file = join(folder, weights[0])
    } else {
      throw Self.nothing(in: folder, names: names, weights: weights, indices: indices)
    }
  }

  /// Whether a name has the form `…-00001-of-00003.safetensors`.
  private static func isShard(_ name: String) -> Bool {
    let parts = name.dropLast(ending.count).split(separator: "-").suffix(3)
    guard name.hasSuffix(ending), parts.count == 3 else { return false }
    let (number, word, count) = (parts[parts.startIndex], parts[parts.startIndex + 1], parts.last)
    return word == "of"
      && [number, count ?? ""].allSatisfy { part in
        part.utf8.count >= 4 && part.allSatisfy { ("0"..."9").contains($0) }
      }
  }

  /// Why a folder's names do not make a checkpoint.
  private static func nothing(
    in folder: String, names: [String], weights: [String], indices: [String]
  ) -> CheckpointError {
    if indices.count > 1 {
      return CheckpointError(
        .notACheckpoint, folder, problem: "it has several sharded checkpoints: \(listed(indices))",
        remedy: "Name the index of the one that is meant")
    }
    if !weights.isEmpty, weights.allSatisfy(isShard) {
      return CheckpointError(
        .notACheckpoint, folder, problem: "it has shards (\(listed(weights))) without their index",
        remedy: "Download model.safetensors.index.json of the same revision beside them")
    }
    if !weights.isEmpty {
      return CheckpointError(
        .notACheckpoint, folder, problem: "it has several weight files: \(listed(weights))",
        remedy: "Name the file that is meant")
    }
    let foreign = names.filter { name in
      [".bin", ".pt", ".pth", ".ckpt", ".gguf", ".h5", ".onnx", ".msgpack", ".npz", ".pkl"]
        .contains { name.lowercased().hasSuffix($0) } && name != "training_args.bin"
        && !["optimizer.", "scheduler.", "rng_state"].contains(where: name.hasPrefix)
    }
    if !foreign.isEmpty {
      return CheckpointError(
        .unsupported, folder,
        problem: "its weights are in formats that probexd does not read: \(listed(foreign))",
        remedy: "Convert them to safetensors, or download the safetensors version of the model")
    }
    return noWeights(in: folder, names: names)
  }

  /// Why a folder without any weight file is not a checkpoint: perhaps those below it are.
  private static func noWeights(in folder: String, names: [String]) -> CheckpointError {
    // Pipelines and training runs have one level of folders; a thousand is more than they have.
    let checkpoints = names.prefix(1000).filter { name in
      let below = join(folder, name)
      if name.hasPrefix("models--") { return true }
      guard (try? FileAccess.status(of: below, followingLinks: false))?.type == .folder,
        let inside = try? FileAccess.listing(of: below).names
      else { return false }
      return inside.contains { $0.hasSuffix(ending) || $0.hasSuffix(indexEnding) }
    }
    if checkpoints.isEmpty {
      return CheckpointError(
        .notACheckpoint, folder,
        problem: names.isEmpty
          ? "the folder is empty" : "the folder has no weights: \(listed(names))",
        remedy: "Name a folder or file with .safetensors weights")
    }
    return CheckpointError(
      .notACheckpoint, folder,
      problem: "the folder has no weights itself; there are checkpoints in \(listed(checkpoints))",
      remedy: "Name one of these folders")
  }

  /// What an incomplete download deserves instead of «not a checkpoint».
  private static func incomplete(
    _ snapshot: HubSnapshot, _ error: CheckpointError
  ) -> CheckpointError {
    if snapshot.isKnownMissing("model.safetensors") || snapshot.isKnownMissing(adapterName) {
      return CheckpointError(
        .notInCache, error.subject,
        problem: "\(error.problem), and the Hub has said that this revision has no safetensors",
        remedy: "Use a revision or a model with safetensors weights")
    }
    return CheckpointError(
      .notInCache, error.subject, problem: "\(error.problem); the download is incomplete",
      remedy: "Run `hf download` for this model again, or name a file or folder in it")
  }
}
