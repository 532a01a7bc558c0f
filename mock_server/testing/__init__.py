"""What tests steer a mock with: a client of the admin API (`client`) and a pytest plugin (`plugin`)."""
