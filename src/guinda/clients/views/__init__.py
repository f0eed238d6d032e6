"""The book's pages in the office: find and read a client, write down what is known and said, merge, give out and erase."""
