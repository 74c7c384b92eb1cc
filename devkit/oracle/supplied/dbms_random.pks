create or replace package dbms_random authid definer is
   procedure seed(val in varchar2);
   procedure seed(val in binary_integer);
   function value return number;
   function value(low in number, high in number) return number;
   function normal return number;
   function string(opt in char, len in number) return varchar2;
   function random return binary_integer;
end dbms_random;
/
