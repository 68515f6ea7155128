# Reads documents, sources and scripts. Prints words that read as translated, with the usual terms.

BEGIN {
  split("hear hears heard", hear)
  for (i in hear) words[hear[i]] = "recognise, decode, transcribe"
  split("mend mends mended mending", mend)
  for (i in mend) words[mend[i]] = "fix, correct, repair"
  words["anew"] = "again, from scratch, re-"
  words["beside"] = "next to, with, in addition to, compared with"
  words["spoilt"] = "damaged"
  words["whoever"] = "the caller, a program that"
  phrases["(^|[^a-z])(go|goes|going|went|gone) on([^a-z]|$)"] = "continue, resume"
  phrases["(^|[^a-z])(take|takes|taken|taking|took) over([^a-z]|$)"] = "copy, reuse, keep"
  phrases["(^|[^a-z])(is|are|be|was|were) told([^a-z]|$)"] = "gets, receives, is reported, an error says"
}

# A name in quotes may be a key of a file.
{
  text = tolower($0)
  gsub(/"heard"|`heard`/, "", text)
}

text ~ /hear|anew|beside|spoilt|whoever|mend| told| on| over/ {
  for (phrase in phrases)
    if (match(text, phrase)) report(substr(text, RSTART, RLENGTH), phrases[phrase])
  # Bytes of letters beyond ASCII belong to words.
  gsub(/[\001-`{-\177]+/, " ", text)
  count = split(text, found, " ")
  for (i = 1; i <= count; i++) if (found[i] in words) report(found[i], words[found[i]])
}

function report(what, usual) { printf "%s:%d: reads as translated: %s (%s)\n", FILENAME, FNR, what, usual }
