import Foundation

/// `path` from the root, with the working folder for "" and without `.` and `..`.
package func absolutePath(_ path: String) -> String {
  URL(fileURLWithPath: path.isEmpty ? "." : path).standardizedFileURL.path
}
