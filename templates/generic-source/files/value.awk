# Prints the text of the value at `path` of the JSON in stdin.
{ print text_of(get($0, path)) }
