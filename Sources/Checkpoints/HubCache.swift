/// The folder into which Hugging Face's tools download models.
///
/// Source: the Hub's page on its local cache, which describes it for other implementations, and
/// `huggingface_hub` 2.4. `models--ORG--NAME/refs/REVISION` holds a commit,
/// `snapshots/COMMIT/` the files (links into `blobs/`), `.no_exist/COMMIT/` the names that the Hub
/// said it does not have.
package struct HubCache: Sendable, Hashable {
  /// The folder that holds the `models--…` folders.
  package let root: String

  package init(root: String) { self.root = root }

  /// Where that folder is for a process with the given environment: `HF_HUB_CACHE`, its old name
  /// `HUGGINGFACE_HUB_CACHE`, `HF_HOME/hub`, `XDG_CACHE_HOME/huggingface/hub` or
  /// `~/.cache/huggingface/hub`. As in `huggingface_hub`, a leading `~` and `$NAME` are expanded in
  /// all but the second.
  package static func location(environment: [String: String]) -> String {
    if let cache = environment["HF_HUB_CACHE"] { return expanded(cache, environment) }
    if let cache = environment["HUGGINGFACE_HUB_CACHE"] { return expanded(cache, environment) }
    let home =
      environment["HF_HOME"]
      ?? join(environment["XDG_CACHE_HOME"] ?? join(home(environment), ".cache"), "huggingface")
    return join(expanded(home, environment), "hub")
  }

  private static func home(_ environment: [String: String]) -> String {
    environment["HOME"] ?? "/"
  }

  /// Expands a leading `~` (of the own user only), then `$NAME` and `${NAME}` where they are set.
  private static func expanded(_ path: String, _ environment: [String: String]) -> String {
    var path = path
    if path == "~" || path.hasPrefix("~/") { path = home(environment) + path.dropFirst() }
    var result = ""
    var rest = path[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      rest = rest[dollar...].dropFirst()
      let braced = rest.first == "{"
      let name = (braced ? rest.dropFirst() : rest).prefix {
        braced ? $0 != "}" : $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber))
      }
      let tail = rest[name.endIndex...]
      if let value = environment[String(name)], !braced || tail.first == "}" {
        result += value
        rest = braced ? tail.dropFirst() : tail
      } else {
        result += "$"
      }
    }
    return result + rest
  }
}

/// A model's name on the Hub, as users write it: `org/name`, or `name` for the oldest models, and
/// then perhaps `@` and a branch, tag, pull request (`refs/pr/1`) or commit.
struct HubID: Hashable {
  /// `org/name`.
  let model: String
  /// nil for the default, `main`.
  let revision: String?

  /// Nil when `text` cannot be one.
  init?(_ text: String) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let model = String(parts[0])
    let segments = model.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(segments.count), segments.allSatisfy({ Self.isValid($0) }),
      !model.contains("--"), !model.contains(".."), !model.hasSuffix(".git")
    else { return nil }
    if parts.count == 2 {
      guard Self.isValid(revision: parts[1]) else { return nil }
      revision = String(parts[1])
    } else {
      revision = nil
    }
    self.model = model
  }

  /// The folder of the model in a cache.
  var folderName: String {
    "models--" + model.split(separator: "/").joined(separator: "--")
  }

  private static func isValid(_ segment: Substring) -> Bool {
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    guard let first = segment.utf8.first, let last = segment.utf8.last else { return false }
    return segment.utf8.count <= 96 && isWord(first) && isWord(last)
      && segment.utf8.allSatisfy {
        isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
      }
  }

  /// A revision is a path below `refs`, so it must not lead out of it. Git allows neither spaces
  /// nor control characters in one.
  private static func isValid(revision: Substring) -> Bool {
    !revision.utf8.contains { $0 <= 0x20 || $0 == 0x7F }
      && revision.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
        !$0.isEmpty && $0 != "." && $0 != ".."
      }
  }
}

/// `folder/name`; `name` alone when it is absolute or the folder is empty.
func join(_ folder: String, _ name: String) -> String {
  if folder.isEmpty || name.hasPrefix("/") { return name }
  return folder.hasSuffix("/") ? folder + name : folder + "/" + name
}
