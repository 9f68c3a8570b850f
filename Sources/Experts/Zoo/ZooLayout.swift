import Checkpoints

/// The paths of a zoo's models, found by the names in its folders. Nothing has been opened.
///
/// Source: the layouts of the paper's Model-J, `SPLIT/models--ORG--NAME/…` and
/// `SPLIT/model_idx_NNNN/…`, and bare `.safetensors` files. Folders that only hold folders are
/// passed through, so that models may be grouped.
struct ZooLayout {
  /// A place that should hold one model.
  struct Place {
    /// Relative to the zoo.
    let name: String
    /// What opens it: a path, or in a label file a Hub id.
    let target: String
    /// What a relative path starts from.
    let directory: String
    let split: ZooSplit
    /// What the label file says of it; nil when its own header has the labels.
    let facts: [(name: String, value: String)]?
  }

  /// By split, then by the bytes of the name.
  private(set) var places: [Place] = []
  /// Folders and links that lead nowhere.
  private(set) var problems: [(path: String, error: CheckpointError)] = []

  private let root: String
  /// What was met already: links may lead to the same folder twice, or in circles. A model that
  /// stands in two splits belongs to the first, so that no test model is trained on by a link.
  private var met: Set<Inode> = []

  private struct Inode: Hashable {
    let device: UInt64
    let number: UInt64
  }

  /// - Throws: `.unreadable` when the folder itself cannot be read; `.noModels` when it holds zoos.
  init(_ root: String) throws(ZooError) {
    self.root = root
    let names: [String]
    do throws(CheckpointError) {
      names = try FolderFiles.names(in: root).names
      _ = meet(try FolderFiles.status(of: root))
    } catch {
      throw .unreadable(error)
    }
    // All of them before the first is walked: a link in one must not lead into another.
    var splits: [ZooSplit] = []
    for split in ZooSplit.allCases where names.contains(split.rawValue) {
      guard let status = try? FolderFiles.status(of: root + "/" + split.rawValue),
        status.type == .folder, meet(status)
      else { continue }
      splits.append(split)
    }
    for split in splits { try walk(split) }
    if splits.isEmpty { try walk(nil) }
    places = places.inOrder
  }

  /// Finds the models of one split, or of a zoo without splits, breadth first: of two ways to the
  /// same folder the shorter one gives the name.
  private mutating func walk(_ split: ZooSplit?) throws(ZooError) {
    var folders = [split?.rawValue ?? ""]
    var next = 0
    while next < folders.count {
      let folder = folders[next]
      next += 1
      let names: [String]
      do throws(CheckpointError) {
        let listing = try FolderFiles.names(in: path(folder))
        names = listing.names
        if listing.unnameable > 0 { problems.append((folder, Self.unnameable(path(folder)))) }
      } catch {
        problems.append((folder, error))
        continue
      }
      if split == nil, next > 1, names.contains("train") {
        throw ZooError(
          .noModels, root, problem: "it has no splits itself, but its folder \(folder) has.",
          remedy: "Name that folder, or another one with the folder train in it.")
      }
      for entry in names where !entry.hasPrefix(".") {
        let name = folder.isEmpty ? entry : folder + "/" + entry
        do throws(CheckpointError) {
          if try isGroup(name, entry, split) { folders.append(name) }
        } catch {
          problems.append((name, error))
        }
      }
    }
  }

  /// Notes the entry when it is a model; true when it is a folder to look into.
  private mutating func isGroup(
    _ name: String, _ entry: String, _ split: ZooSplit?
  ) throws(CheckpointError) -> Bool {
    let isWeights = entry.hasSuffix(".safetensors")
    let status = try FolderFiles.status(of: path(name))
    guard status.type == .folder || isWeights, meet(status) else { return false }
    if status.type == .folder, !entry.hasPrefix("models--") {
      let names = try FolderFiles.names(in: path(name)).names
      if try holdsOnlyFolders(name, names) { return true }
    }
    let split = split ?? .ofName(name)
    places.append(
      Place(name: name, target: path(name), directory: "", split: split, facts: nil))
    return false
  }

  /// Whether a folder groups models: it has folders, and nothing by which it could be one itself.
  /// An empty one counts as a model, and will be reported as one without weights.
  private func holdsOnlyFolders(
    _ name: String, _ names: [String]
  ) throws(CheckpointError) -> Bool {
    if names.contains("snapshots") { return false }
    let endings = [".safetensors", ".safetensors.index.json", ".bin", ".pt", ".pth", ".gguf"]
    if names.contains(where: { name in endings.contains(where: name.hasSuffix) }) { return false }
    return names.contains { entry in
      !entry.hasPrefix(".")
        && (try? FolderFiles.status(of: path(name) + "/" + entry))?.type == .folder
    }
  }

  private func path(_ name: String) -> String { name.isEmpty ? root : root + "/" + name }

  /// Whether this is the first time.
  private mutating func meet(_ status: FileStatus) -> Bool {
    let identity = status.identity
    return met.insert(Inode(device: identity.device, number: identity.inode)).inserted
  }

  private static func unnameable(_ folder: String) -> CheckpointError {
    CheckpointError(
      .unreadable, folder, problem: "some of its names are not UTF-8 and cannot be asked for",
      remedy: "Rename them")
  }
}

extension [ZooLayout.Place] {
  /// By split, then by the bytes of the name.
  var inOrder: [ZooLayout.Place] {
    ZooSplit.allCases.flatMap { split in
      filter { $0.split == split }
        .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }
}

extension ZooSplit {
  /// The split of a model that nobody assigned: 8 of 10 train, 1 validation, 1 test, by a hash of
  /// the name's UTF-8 bytes (FNV-1a of 64 bits, its halves folded together by exclusive or, modulo
  /// 10: 0 to 7, 8, 9). So a model keeps its split when others come and go, which drawing lots over
  /// the whole list would not give.
  static func ofName(_ name: String) -> ZooSplit {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    switch (hash ^ hash >> 32) % 10 {
    case 8: return .validation
    case 9: return .test
    default: return .train
    }
  }
}
