# Reads a page of Swift ArgumentParser's generate-manual. Names pages as git does (parla-lm-build), in the line that whatis reads too,
# and keeps the lines of examples.

function end_example() {
  if (isExample) print ".Ed"
  isExample = 0
}

/^\.(Xr|Dt|Nm) / { while (match($0, /[Pp][Aa][Rr][Ll][Aa][-A-Za-z]*\.[a-zA-Z]/)) $0 = substr($0, 1, RSTART + RLENGTH - 3) "-" substr($0, RSTART + RLENGTH - 1) }

# The name of the page, which the synopsis would repeat.
/^\.Nm "/ && command == "" {
  command = $0
  name = substr($0, 6, length($0) - 6)
  gsub(/ /, "-", name)
  print ".Nm " name
  next
}

/^\.Nm$/ && command != "" {
  print command
  next
}

/^\.Nd "/ {
  sub(/^\.Nd "/, ".Nd ")
  sub(/"$/, "")
}

/^  / {
  if (!isExample) print ".Bd -literal"
  isExample = 1
  isAfterGap = 0
  print
  next
}

{ end_example() }

/^$/ { isAfterGap = 1; next }

isAfterGap && !/^\./ { print ".Pp" }

{
  isAfterGap = 0
  print
}

END { end_example() }
