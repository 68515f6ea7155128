import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

@Suite struct NumPyArrayTests {
  @Test func readsBackWhatItWrote() throws {
    try withTemporaryFolder { folder in
      let array = NumPyArray(shape: [2, 3], values: [0, 1.5, -2, 3, .infinity, 1e-30])
      try array.write(to: folder + "/a.npy")
      #expect(try NumPyArray(path: folder + "/a.npy") == array)
    }
  }

  @Test func headerIsAlignedAsNumPyAligns() {
    let encoded = NumPyArray(shape: [4], values: [1, 2, 3, 4]).encoded
    #expect(encoded.count == 128 + 16 || encoded.count == 64 + 16)
    #expect(String(decoding: encoded.prefix(80), as: UTF8.self).contains("(4,)"))
  }

  @Test func namesWhatIsWrong() throws {
    let good = NumPyArray(shape: [2], values: [1, 2]).encoded
    #expect(throws: FileError.self) { try NumPyArray(data: good.dropLast(3), path: "a.npy") }
    #expect(throws: FileError.self) { try NumPyArray(data: Data("hello".utf8), path: "a.npy") }
    #expect(throws: FileError.self) { try NumPyArray(data: Data(), path: "a.npy") }
    for shape in [
      "-1, 9223372036854775807", "-1, -2", "9223372036854775807, 3", "0, 9223372036854775807, 4",
    ] {
      let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(shape)), }\n"
      let file = Data(
        [0x93] + "NUMPY".utf8 + [1, 0, UInt8(header.utf8.count), 0] + header.utf8 + [0, 0, 0, 0])
      #expect(throws: FileError.self) { try NumPyArray(data: file, path: "a.npy") }
    }
    let error = #expect(throws: FileError.self) { try NumPyArray(path: "/nowhere/a.npy") }
    #expect(error?.description.contains("/nowhere/a.npy") == true)
  }
}
