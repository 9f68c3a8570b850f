import Checkpoints
import Foundation
import TestSupport
import Testing

/// A Hub cache made by hand, as `huggingface_hub` lays it out.
private struct HandmadeCache {
  static let commitA = String(repeating: "a1", count: 20)
  static let commitB = String(repeating: "b2", count: 20)

  let folder: TemporaryFolder
  var root: String { folder.path + "/hub" }

  init() throws {
    folder = try TemporaryFolder()
    let (a, b) = (Self.commitA, Self.commitB)
    let weights = try goodFile([("w", [1, 1])])
    // Two commits, links into blobs, a branch, a tag, a pull request.
    try add(weights, "models--org--full", a, "model.safetensors")
    try add(try goodFile([("w", [2, 1])]), "models--org--full", b, "model.safetensors")
    try ref("models--org--full", "main", a)
    try ref("models--org--full", "v1.0", b)
    try ref("models--org--full", "refs/pr/1", b + "\n")
    try ref("models--org--full", "release/2024", a)
    try ref("models--org--full", "gone", String(repeating: "c3", count: 20))
    // A model of the first days, without an organisation.
    try add(weights, "models--gpt2", a, "model.safetensors")
    try ref("models--gpt2", "main", a)
    // Casing counts.
    try add(weights, "models--Org--Full", a, "model.safetensors")
    try ref("models--Org--Full", "main", a)
    // Only the configuration was downloaded.
    try add(Array("{}".utf8), "models--org--config", a, "config.json")
    try ref("models--org--config", "main", a)
    // The Hub said that there are no safetensors.
    try add(Array("{}".utf8), "models--org--bin", a, "config.json")
    try ref("models--org--bin", "main", a)
    _ = try folder.write([], to: "hub/models--org--bin/.no_exist/\(a)/model.safetensors")
    // No main, one snapshot; no main, two.
    try add(weights, "models--org--one", a, "model.safetensors")
    try add(weights, "models--org--two", a, "model.safetensors")
    try add(weights, "models--org--two", b, "model.safetensors")
    // A ref that leads out of the folder, one that holds nothing, a blob that is gone.
    for (name, commit) in [("escape", "../../../outside"), ("blank", " \n"), ("dots", "..")] {
      try add(weights, "models--org--\(name)", a, "model.safetensors")
      try ref("models--org--\(name)", "main", commit)
    }
    try add(weights, "models--org--blobless", a, "model.safetensors")
    try ref("models--org--blobless", "main", a)
    try FileManager.default.removeItem(atPath: root + "/models--org--blobless/blobs")
  }

  private func ref(_ model: String, _ name: String, _ commit: String) throws {
    _ = try folder.write(Array(commit.utf8), to: "hub/\(model)/refs/\(name)")
  }

  private func add(_ bytes: [UInt8], _ model: String, _ commit: String, _ name: String) throws {
    let blob = "\(commit.prefix(8))-\(name)"
    _ = try folder.write(bytes, to: "hub/\(model)/blobs/\(blob)")
    let link = try folder.file("hub/\(model)/snapshots/\(commit)/\(name)")
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "../../blobs/\(blob)")
  }

  /// The weight file that a name leads to, below the cache's root; or the error's kind and problem.
  func answer(_ name: String, relativeTo directory: String = "/nowhere") -> String {
    do throws(CheckpointError) {
      let checkpoint = try Checkpoint.open(
        name, relativeTo: directory, hub: HubCache(root: root))
      let path = checkpoint.files.first?.path ?? "nothing"
      return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    } catch {
      return "\(error.kind.rawValue): \(error.problem)"
    }
  }
}

@Suite("the Hub's local cache")
struct HubTests {
  private static let a = HandmadeCache.commitA
  private static let b = HandmadeCache.commitB

  /// Ids with what they lead to; `nil` where it is an error, then with its kind and words.
  static let ids: [(id: String, folder: String?, words: String)] = [
    ("org/full", "models--org--full/snapshots/\(a)", ""),
    ("org/full@main", "models--org--full/snapshots/\(a)", ""),
    ("org/full@v1.0", "models--org--full/snapshots/\(b)", ""),
    ("org/full@refs/pr/1", "models--org--full/snapshots/\(b)", ""),
    ("org/full@release/2024", "models--org--full/snapshots/\(a)", ""),
    ("org/full@\(a)", "models--org--full/snapshots/\(a)", ""),
    ("org/full@\(b)", "models--org--full/snapshots/\(b)", ""),
    ("Org/Full", "models--Org--Full/snapshots/\(a)", ""),
    ("gpt2", "models--gpt2/snapshots/\(a)", ""), ("gpt2@main", "models--gpt2/snapshots/\(a)", ""),
    ("org/one@\(a)", "models--org--one/snapshots/\(a)", ""),
    (
      "org/full@v2", nil,
      #"notInCache: the cache has no revision "v2" of it; it has "gone", "main""#
    ),
    ("org/full@gone", nil, "notInCache: the cache has no files of revision \"gone\""),
    (
      "org/full@" + String(repeating: "c3", count: 20), nil,
      "notInCache: the cache has no files of revision"
    ),
    ("org/full@\(a.prefix(7))", nil, "notInCache: the cache has no revision"),
    ("org/two", nil, "notInCache: the cache has no revision \"main\" of it; it has \"a1a1"),
    ("org/FULL", nil, "notInCache: there is no such file or folder, and the Hub cache"),
    ("org/missing", nil, "notInCache: there is no such file or folder, and the Hub cache"),
    ("gpt3", nil, "notInCache: there is no such file or folder, and the Hub cache"),
    ("org/config", nil, "notInCache: the folder has no weights: \"config.json\"; the download is"),
    (
      "org/bin", nil, "notInCache: the folder has no weights: \"config.json\", and the Hub has said"
    ),
    ("org/blobless", nil, "notFound: it is a symbolic link to \"../../blobs/a1a1a1a1-model"),
    // What cannot be an id is a path that does not exist.
    ("org/full@", nil, "notFound: "), ("org/full@../../x", nil, "notFound: "),
    ("org/full@/main", nil, "notFound: "), ("org/full@a//b", nil, "notFound: "),
    ("org/full/model.safetensors", nil, "notFound: "), ("org--full", nil, "notFound: "),
    ("-org/full", nil, "notFound: "), ("org/..", nil, "notFound: "),
    ("örg/full", nil, "notFound: "),
    ("org/full.git", nil, "notFound: "), ("org/x.safetensors", nil, "notFound: "),
    ("org/full@main\n", nil, "notFound: "), ("org/full@a b", nil, "notFound: "),
  ]

  @Test("ids", arguments: ids)
  func id(id: String, folder: String?, words: String) throws {
    let cache = try HandmadeCache()
    let answer = cache.answer(id)
    if let folder {
      #expect(answer == folder + "/model.safetensors")
    } else {
      #expect(answer.hasPrefix(words), "\(answer)")
    }
  }

  @Test(
    "the reference finds the same files",
    .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func oracle() throws {
    let cache = try HandmadeCache()
    let answers = try Python.run(
      #"""
      import os, sys
      os.environ["HF_HUB_OFFLINE"] = "1"
      from huggingface_hub import try_to_load_from_cache
      for line in sys.argv[2].split("|"):
          model, at, revision = line.partition("@")
          try:
              path = try_to_load_from_cache(
                  model, "model.safetensors", cache_dir=sys.argv[1],
                  revision=revision if at else None)
          except Exception as error:
              path = None
          print(os.path.relpath(path, sys.argv[1]) if isinstance(path, str) else "none")
      """#, cache.root, Self.ids.map(\.id).joined(separator: "|")
    ).split(separator: "\n").map(String.init)
    try #require(answers.count == Self.ids.count)
    for (row, answer) in zip(Self.ids, answers) {
      // It takes a ref as it stands in the file; a ref that ends in a line feed is our kindness.
      if row.id.hasSuffix("refs/pr/1") { continue }
      #expect(
        answer == (row.folder.map { $0 + "/model.safetensors" } ?? "none"), "\(row.id): \(answer)")
    }
  }

  @Test("a model's folder, its snapshot, and the folder of all models")
  func folders() throws {
    let cache = try HandmadeCache()
    let file = "models--org--full/snapshots/\(Self.a)/model.safetensors"
    #expect(cache.answer("models--org--full", relativeTo: cache.root) == file)
    #expect(
      cache.answer("\(cache.root)/models--org--full/") == file)
    #expect(
      cache.answer("models--org--full/snapshots/\(Self.b)", relativeTo: cache.root)
        == file.replacing(Self.a, with: Self.b))
    #expect(
      cache.answer("models--org--one", relativeTo: cache.root)
        == file.replacing("full", with: "one"))
    #expect(cache.answer("models--org--two", relativeTo: cache.root).hasPrefix("notInCache: "))
    #expect(cache.answer(cache.root).hasPrefix("notACheckpoint: the folder has no weights itself"))
  }

  @Test("a ref that is no commit is refused", arguments: ["escape", "blank", "dots"])
  func brokenRef(name: String) throws {
    let cache = try HandmadeCache()
    #expect(cache.answer("org/\(name)").hasPrefix("malformed: it does not hold a commit"))
  }

  @Test("a path wins over an id of the same name")
  func pathFirst() throws {
    let cache = try HandmadeCache()
    let bytes = try goodFile([("local", [1, 1])])
    let path = try cache.folder.write(bytes, to: "work/org/full/model.safetensors")
    #expect(cache.answer("org/full", relativeTo: cache.folder.path + "/work") == path)
    #expect(cache.answer("org/full@v1.0", relativeTo: cache.folder.path + "/work").contains(Self.b))
  }

  static let environments: [[String: String]] = [
    ["HOME": "/users/me"],
    ["HOME": "/users/me", "XDG_CACHE_HOME": "/var/cache"],
    ["HOME": "/users/me", "XDG_CACHE_HOME": "~/xdg"],
    ["HOME": "/users/me", "XDG_CACHE_HOME": "/var/cache", "HF_HOME": "/data/hf"],
    ["HOME": "/users/me", "HF_HOME": "~/hf"],
    ["HOME": "/users/me", "HF_HOME": "~"],
    ["HOME": "/users/me", "HF_HOME": "relative/"],
    ["HOME": "/users/me", "HF_HOME": ""],
    [
      "HOME": "/users/me", "HF_HOME": "$DISK/${PART}/$MISSING/${MISSING}/$", "DISK": "/d",
      "PART": "p",
    ],
    ["HOME": "/users/me", "HF_HOME": "/data/hf", "HUGGINGFACE_HUB_CACHE": "/old"],
    ["HOME": "/users/me", "HUGGINGFACE_HUB_CACHE": "~/old"],
    ["HOME": "/users/me", "HF_HUB_CACHE": "/new", "HUGGINGFACE_HUB_CACHE": "/old"],
    ["HOME": "/users/me", "HF_HUB_CACHE": "~/$SUB/x", "SUB": "sub", "HF_HOME": "/data/hf"],
    ["HOME": "/users/me", "HF_HUB_CACHE": "/a/${x", "x": "y"],
    ["HOME": "/users/me", "HF_HUB_CACHE": "/a/$x$y-${x}z", "x": "1", "y": "2"],
  ]

  @Test(
    "where the cache is, as the reference has it",
    .enabled(if: Python.isThere, Comment(rawValue: Python.missing)))
  func location() throws {
    let text = String(decoding: try JSONEncoder().encode(Self.environments), as: UTF8.self)
    let answers = try Python.run(
      #"""
      import importlib, json, os, sys
      from huggingface_hub import constants
      for environment in json.loads(sys.argv[1]):
          os.environ.clear()
          os.environ.update(environment)
          print(importlib.reload(constants).HF_HUB_CACHE)
      """#, text
    ).split(separator: "\n").map(String.init)
    try #require(answers.count == Self.environments.count)
    for (environment, answer) in zip(Self.environments, answers) {
      #expect(HubCache.location(environment: environment) == answer, "\(environment)")
    }
  }

  @Test("where the cache is, without Python")
  func defaultLocation() {
    let home = ["HOME": "/users/me"]
    #expect(HubCache.location(environment: home) == "/users/me/.cache/huggingface/hub")
    #expect(HubCache.location(environment: ["HF_HOME": "/hf"]) == "/hf/hub")
    #expect(HubCache.location(environment: ["HF_HUB_CACHE": "/x", "HF_HOME": "/hf"]) == "/x")
  }
}
