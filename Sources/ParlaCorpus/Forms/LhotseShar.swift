import ParlaAudio
import ParlaFiles

/// The recordings of one shard of lhotse's Shar: a tar next to the shard's list of cuts.
///
/// lhotse 1.33, `lhotse/shar/writers/shar.py` and `audio.py`: next to `cuts.000000.jsonl.gz` lies `recording.000000.tar` with `ID.flac` and
/// `ID.json` for each cut, or `ID.nodata` and `ID.nometa`. The recording of a cut is as long as the cut.
struct LhotseShar {
  private let path: String
  private let members: [[UInt8]: TarFile.Member]

  /// Looks into the tar that belongs to the list of cuts at `list`.
  ///
  /// - Throws: `CorpusError.file`, `.damaged`, `.duplicateKey`.
  init(besides list: String) throws(CorpusError) {
    path = Self.path(of: list)
    var members: [[UInt8]: TarFile.Member] = [:]
    for member in try TarFile(path).members
    where AudioFile.isSoundExtension(member.name.fileExtension.lowercased()) {
      let id = member.name.withoutExtension
      if let other = members.updateValue(member, forKey: id.bytes) {
        throw .duplicateKey(
          path: path, line: 0, key: id, found: "a second recording, \(member.name),",
          first: other.name)
      }
    }
    self.members = members
  }

  /// Where the recording of the cut called `id` is; nil if it has none.
  func address(of id: String) -> String? {
    members[id.bytes].map { member in
      var address = SoundAddress(path: path)
      address.bytes = member.bytes
      address.name = member.name.fileName
      return address.description
    }
  }

  /// The lists among `names`, in their order, if all of them are those of shards; nil otherwise.
  static func shards(_ names: [String]) -> [String]? {
    let pattern = /cuts\.[0-9]+\.jsonl(\.gz)?/
    return names.allSatisfy { $0.wholeMatch(of: pattern) != nil } ? names.sorted() : nil
  }

  /// The tar that belongs to the list of cuts at `list`.
  static func path(of list: String) -> String {
    let name = list.fileName.replacing("cuts", with: "recording", maxReplacements: 1)
    let stem = name.replacing(/\.jsonl(\.gz)?$/, with: "")
    return list.folderPath.appendingName(stem + ".tar")
  }
}
