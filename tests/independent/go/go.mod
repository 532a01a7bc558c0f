module independent

go 1.19
