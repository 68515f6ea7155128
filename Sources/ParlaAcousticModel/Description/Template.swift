import Foundation

/// Fills in `{{ name }}` where a description refers to a setting.
struct Template {
  /// What the names stand for.
  var values: [String: String]

  /// `text` with all names replaced, or the first name that stands for nothing.
  func filled(_ text: String) -> Result<String, UnknownName> {
    var result = text
    while let match = result.firstMatch(of: /\{\{\s*(\w+)\s*\}\}/) {
      let name = String(match.1)
      guard let value = values[name] else { return .failure(UnknownName(name: name)) }
      result.replaceSubrange(match.range, with: value)
    }
    return .success(result)
  }

  /// A name that no setting has.
  struct UnknownName: Error {
    let name: String
  }
}
