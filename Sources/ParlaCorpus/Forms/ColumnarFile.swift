import ParlaFiles

/// Files of Apache Parquet and Arrow, in which Hugging Face keeps data sets: known, and not read.
package enum ColumnarFile {
  /// How their names end.
  package static let endings: Set<String> = ["parquet", "arrow"]

  /// What to do with one.
  package static let advice =
    "Parla does not read Parquet or Arrow. Write the recordings as files with the few lines of Python in "
    + "Documentation/CorpusForms.md, and pass their folder."

  /// Whether the file or folder at `place` is one, or holds some.
  static func isOne(_ place: CorpusPlace) -> Bool {
    guard place.isFolder else {
      // Parquet, "File format": PAR1; Arrow, "IPC File Format": ARROW1, and streams without a sign of their own.
      return place.head.starts(with: "PAR1".utf8) || place.head.starts(with: "ARROW1".utf8)
        || place.path.fileExtension == "arrow"
    }
    return place.names.contains { name in
      if endings.contains(name.fileExtension) { return true }
      let names = (try? PathLook(place.path.appendingName(name)))?.names ?? []
      return names.contains { endings.contains($0.fileExtension) }
    }
  }
}
