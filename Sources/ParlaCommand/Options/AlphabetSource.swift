import ParlaFiles
import ParlaKur
import ParlaModelExchange
import ParlaTranscripts

extension Alphabet {
  /// The alphabet that `path` tells: a file of labels, or what writes with them: a model of any format, checkpoints, a Kurfile.
  init(from path: String) throws {
    if KurfileOptions.isKurfile(path) {
      let (kurfile, _) = try KurCommand.evaluated(path)
      self = try kurfile.alphabet(.parla(kurfile))
    } else if FileKind(path) == .folder
      || Self.modelEndings.contains(path.fileExtension.lowercased())
    {
      self = try Alphabet(ofModel: path)
    } else {
      try self.init(path: path)
    }
  }

  /// The file's name distinguishes models from files of labels, which any text may be.
  private static let modelEndings = ExportFormat.allCases.map(\.rawValue)
}
