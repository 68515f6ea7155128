import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

/// What is damaged in an archive is found, wherever it is.
struct ArchiveReaderTests {
  /// `tar` (GNU tar 1.34, ustar) of `k/t.csv` and `k/a.txt`, packed by gzip 1.12, bzip2 1.0.8, xz 5.4.1 and zstd 1.5.4.
  private static let packed = [
    "gz":
      "H4sIAAAAAAACA+3TQQrCMBCF4aw9RU7QxhB04b7g1hsEW0EKGWhS8fgOrqRCXVkp/t/mDUlgyOL1danO+Wa+yaldCM9U01T7l1nP"
      + "t977YKwzCxhziYOuH0TK3LtP99PPrUQ8dNeUNwb/qa9jVe7lt/337r3/jv4v4XRsmixjaq1crKSORgAAAAAAAAAAAAAAAKzLA14b"
      + "iTMAKAAA",
    "bz2":
      "QlpoOTFBWSZTWb1817MAAKf/kMuRAEBAAfWIASAQIG8pn0AEAAEIIACShKoANADQGjIBoEkpk1HqDQ9CDJp6hphNcUZVFI8iwAYb"
      + "EgFTKAwwUWYnEcQEIYF+oSn7qn9LTwREImROwwJwPta4ZSLyB3nWtjYgY9aM7OPF/dNgbobg+DLhQooSgbIHyUEn6jrOokH8XckU"
      + "4UJC9fNezA==",
    "xz":
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AItdADWLyoMNM1vFgARBnGmbj4uHy7/3LIZ+bxKbDlDBvIA4lJr4pf807rJJUdlY"
      + "gBo6nnjqwJdj5hfB+lig/aWmwmmcfPod7fQhspt8jJ/GNWBxbP/aCs0AxDT4uQ48rS/f0pxCBojvQvjpkVMujLKFqNLB/86wFOud"
      + "0boaDY+XYReqcac+o0vaCskhLwAAAJX9PtoHfX5nAAGnAYBQAACwRMl7scRn+wIAAAAABFla",
    "zst":
      "KLUv/QRofQMAwgQQEZB9QHQvLnSolDbcCuz7KkAKkNYQa3g016vUYv8FbyzamA4ulTA1x7Xaf7cN3+z+wU0phby/o3djzru+TuAx"
      + "AxEgcCsuVgP93wPt1B1T73t4D5CaeqpM8lSAd4ahAcL/Z9rzAThg0ADLacUBhtb/VQ==",
  ]

  private static let members = [
    "k/t.csv": Data("a;eins\n".utf8), "k/a.txt": Data("RIFFsound of one".utf8),
  ]

  private func packed(_ kind: String) throws -> Data {
    let words = try #require(Self.packed[kind])
    return try #require(Data(base64Encoded: words))
  }

  /// All members of the archive `data`, which stands in the folder at `folder`.
  private func members(_ data: Data, in folder: String) throws -> [String: Data] {
    let path = folder + "/a.archive"
    try data.write(to: URL(fileURLWithPath: path))
    return try members(of: ArchiveReader(path: path))
  }

  private func members(of archive: ArchiveReader) throws -> [String: Data] {
    var found: [String: Data] = [:]
    while let member = try archive.next() { found[member.name] = try archive.contents() }
    return found
  }

  @Test(arguments: ["gz", "bz2", "xz", "zst"]) func noDamagedByteIsRead(kind: String) throws {
    let whole = try packed(kind)
    try withTemporaryFolder { folder in
      let found = try members(whole, in: folder)
      #expect(found == Self.members)
      // Zeros that fill up a block are no damage; zstd has none.
      if kind != "zst" {
        let padded = try members(whole + Data(count: 512), in: folder)
        #expect(padded == Self.members)
      }
      var refused = 0
      for place in whole.indices {
        var data = whole
        data[place] ^= 0x10
        if let found = try? members(data, in: folder) {
          #expect(found == Self.members, "byte \(place)")
        } else {
          refused += 1
        }
      }
      // What may change: a time, the system, what is reserved.
      #expect(refused >= whole.count - 8)
      for length in [whole.count - 1, whole.count - 9, whole.count / 2] {
        #expect(throws: ImportError.self) { try members(whole.prefix(length), in: folder) }
      }
    }
  }

  @Test func damageInAnArchiveOfAnArchiveIsFound() throws {
    try withTemporaryFolder { folder in
      for kind in ["gz", "bz2", "xz", "zst"] {
        var bytes = try packed(kind)
        for isDamaged in [false, true] {
          if isDamaged { bytes[bytes.count - 6] ^= 1 }
          let path = folder + "/outer.tar"
          try MadeArchive.tar([("in.tar.\(kind)", bytes)]).write(to: URL(fileURLWithPath: path))
          let outer = try ArchiveReader(path: path)
          _ = try outer.next()
          let found = try? members(of: ArchiveReader(in: outer, path: "\(path)/in"))
          #expect(found == (isDamaged ? nil : Self.members), "\(kind)")
        }
      }
    }
  }

  @Test func theErrorNamesArchiveAndMember() throws {
    try withTemporaryFolder { folder in
      var zip = MadeArchive.zip([("k/a.txt", Data("one".utf8)), ("k/b.txt", Data("two".utf8))])
      let place = try #require(zip.firstRange(of: Data("two".utf8)))
      zip[place.lowerBound] ^= 1
      let error = #expect(throws: ImportError.self) { try members(zip, in: folder) }
      let words = error?.description ?? ""
      #expect(words.hasPrefix("\(folder)/a.archive: cannot be read to its end: ZIP bad CRC"))
      #expect(words.contains(", found at its member k/b.txt. Fetch it again"))
    }
  }
}
