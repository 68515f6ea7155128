import ArgumentParser

/// Several files in one value, separated by commas, as DeepSpeech takes them.
struct FileList: ExpressibleByArgument {
  let paths: [String]

  static var defaultCompletionKind: CompletionKind { .file() }

  init?(argument: String) {
    var depth = 0
    // Commas in brackets belong to what is said of one file.
    paths = argument.split { character in
      depth += character == "[" ? 1 : character == "]" ? -1 : 0
      return character == "," && depth <= 0
    }.map(String.init)
    if paths.isEmpty { return nil }
  }
}

extension [FileList] {
  /// All files of all values.
  var paths: [String] { flatMap(\.paths) }
}
