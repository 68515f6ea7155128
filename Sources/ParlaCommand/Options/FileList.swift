import ArgumentParser

/// Several files in one value, separated by commas, as DeepSpeech takes them.
struct FileList: ExpressibleByArgument {
  let paths: [String]

  init?(argument: String) {
    paths = argument.split(separator: ",").map(String.init)
    if paths.isEmpty { return nil }
  }
}

extension [FileList] {
  /// All files of all values.
  var paths: [String] { flatMap(\.paths) }
}
