/// Reads Swift just well enough to tell code from comments and strings.
enum SwiftText {
  /// The text with every character of comments and string literals replaced by a space; newlines
  /// and the code between them keep their places. Interpolated code counts as part of its string.
  static func blanked(_ text: String) -> String {
    var scanner = Scanner(characters: Array(text))
    scanner.run()
    return String(scanner.output)
  }

  private struct Scanner {
    let characters: [Character]
    var output: [Character] = []
    var place = 0

    init(characters: [Character]) {
      self.characters = characters
      output.reserveCapacity(characters.count)
    }

    func sees(_ text: String, at offset: Int = 0) -> Bool {
      let wanted = Array(text)
      let start = place + offset
      return start + wanted.count <= characters.count
        && characters[start..<start + wanted.count].elementsEqual(wanted)
    }

    mutating func blank(_ count: Int = 1) {
      for _ in 0..<count where place < characters.count {
        output.append(characters[place].isNewline ? characters[place] : " ")
        place += 1
      }
    }

    mutating func run() {
      while place < characters.count {
        if sees("//") {
          while place < characters.count, !characters[place].isNewline { blank() }
        } else if sees("/*") {
          blockComment()
        } else if let hashes = stringStart() {
          string(hashes: hashes)
        } else {
          output.append(characters[place])
          place += 1
        }
      }
    }

    mutating func blockComment() {
      var depth = 0
      repeat {
        if sees("/*") {
          depth += 1
          blank(2)
        } else if sees("*/") {
          depth -= 1
          blank(2)
        } else {
          blank()
        }
      } while depth > 0 && place < characters.count
    }

    /// The number of `#` before the quotation mark when a string begins here.
    func stringStart() -> Int? {
      var hashes = 0
      while sees("#", at: hashes) { hashes += 1 }
      return sees("\"", at: hashes) ? hashes : nil
    }

    mutating func string(hashes: Int) {
      let fence = String(repeating: "#", count: hashes)
      let quote = sees("\"\"\"", at: hashes) ? "\"\"\"" : "\""
      blank(hashes + quote.count)
      while place < characters.count, !sees(quote + fence) {
        if sees("\\" + fence + "(") {
          blank(2 + hashes)
          interpolation()
        } else if sees("\\" + fence) {
          blank(2 + hashes)
        } else if quote.count == 1, characters[place].isNewline {
          return  // Not a string after all (a quotation mark in a regular expression, say).
        } else {
          blank()
        }
      }
      blank(quote.count + hashes)
    }

    mutating func interpolation() {
      var depth = 1
      while place < characters.count, depth > 0 {
        if let hashes = stringStart() {
          string(hashes: hashes)
          continue
        }
        if characters[place] == "(" { depth += 1 }
        if characters[place] == ")" { depth -= 1 }
        blank()
      }
    }
  }
}
