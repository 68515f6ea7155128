import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct NumPyArchiveTests {
  private let archive = NumPyArchive([
    .init(name: "x+kernel:0", array: NumPyArray(shape: [2, 2], values: [1, -2, 3.5, 0])),
    .init(name: "größe", array: NumPyArray(shape: [1], values: [7])),
  ])

  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      try archive.write(to: folder + "/a.npz")
      #expect(try NumPyArchive(path: folder + "/a.npz") == archive)
    }
  }

  @Test func damageIsTold() throws {
    try withTemporaryFolder { folder in
      try archive.write(to: folder + "/a.npz")
      var data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.npz"))
      for length in [3, 40, data.count - 30] {
        #expect(throws: FileError.self) {
          try NumPyArchive(data: data.prefix(length), path: "a.npz")
        }
      }
      for bad in [data.prefix(3), NumPyArray(shape: [1], values: [1]).encoded] {
        let error = #expect(throws: FileError.self) { try NumPyArchive(data: bad, path: "a.npz") }
        #expect(error?.description.contains("Save the arrays with numpy.savez().") == true)
      }
      data[60] ^= 1
      let error = #expect(throws: FileError.self) { try NumPyArchive(data: data, path: "a.npz") }
      #expect(error?.description.contains("checksum") == true)
    }
  }

  /// `numpy.savez_compressed(f, a=numpy.asfortranarray([[1, 2, 3], [4, 5, 6]], dtype="int64"))` of NumPy 2.4.6.
  @Test func deflatedMembersAndFortranOrderAreRead() throws {
    let data = try #require(Data(base64Encoded: Self.compressed))
    let found = try NumPyArchive(data: data, path: "b.npz")
    #expect(found["a"] == NumPyArray(shape: [2, 3], values: [1, 2, 3, 4, 5, 6]))
  }

  private static let compressed =
    "UEsDBC0AAAAIAAAAIQCW3ym7//////////8FABQAYS5ucHkBABAAsAAAAAAAAABWAAAAAAAAAJvsF+obEMnIUMZQrZ"
    + "6SWpxcpG6loG6TaaGuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxpo6CrUK5AMuRgYIYIHSTFCaFUoz"
    + "Q2k2KA0AUEsBAi0DLQAAAAgAAAAhAJbfKbtWAAAAsAAAAAUAAAAAAAAAAAAAAIABAAAAAGEubnB5UEsFBgAAAAABAA"
    + "EAMwAAAI0AAAAAAA=="
}
